"""What a benchmark was measured on."""

import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

MODULES = ("numpy", "pandas", "pyarrow")


def described(*more: str) -> str:
    """Processor, cores, memory, the versions of Python and of the modules that do the work, and the pace: how long a
    new Python takes to import pandas, since a machine that others use is several times slower on some days."""
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [int(line.split()[1]) / 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    processor = names[0] if names else platform.processor() or platform.machine()
    gigabytes = f", {memory[0]:.0f} GiB" if memory else ""
    versions = ", ".join(f"{name} {version(name)}" for name in (*MODULES, *more))
    pace = f"imports pandas in {min(_import_of_pandas() for _ in range(3)):.2f} s"
    return f"{processor}, {os.cpu_count()} cores{gigabytes}, {pace}; Python {platform.python_version()}, {versions}"


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def _import_of_pandas() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import pandas"], check=True)
    return time.perf_counter() - start
