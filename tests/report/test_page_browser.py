"""The page on everyone in a real browser: it renders, sorts, filters, prints, and asks nothing of a network."""

import base64
import json
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import Any

import pandas as pd
import pytest

from pipeline.report import page
from pipeline.review import Review

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
DESKTOP, PHONE = 1280, 360


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = which("chromium") or "chromium"
    for flag in FLAGS:
        options.add_argument(flag)
    with tempfile.TemporaryDirectory() as profile:
        options.add_argument(f"--user-data-dir={profile}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(which("chromedriver") or "chromedriver"))
        yield driver
        driver.quit()


def opened(browser: Any, review: Review, folder: Path, width: int = DESKTOP) -> Any:
    path = folder / "population.html"
    page.write(review, path, lambda patient_id: f"patients/{patient_id.replace('/', '%2F')}.xlsx")
    browser.get_log("browser"), browser.get_log("performance")
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width == PHONE},
    )
    browser.get(path.as_uri())
    return browser


def many(review: Review, count: int) -> Review:
    """The review with so many residents more."""
    copies = [review.patients.assign(patient_id=review.patients["patient_id"] + f"-{n}") for n in range(count // 4)]
    problems = [review.problems.assign(patient_id=review.problems["patient_id"] + f"-{n}") for n in range(count // 4)]
    return replace(
        review, patients=pd.concat(copies, ignore_index=True), problems=pd.concat(problems, ignore_index=True)
    )


def column(browser: Any, table: str, number: int) -> list[str]:
    """The texts of the rows that are shown."""
    script = """return Array.from(document.querySelectorAll(`#${arguments[0]} tbody tr`))
        .filter(row => row.getClientRects().length).map(row => row.cells[arguments[1]].textContent.trim())"""
    return browser.execute_script(script, table, number)


def heading(browser: Any, table: str, text: str) -> Any:
    return browser.find_element("xpath", f"//table[@id='{table}']/thead//th[.//button[text()='{text}']]")


def test_it_renders_without_an_error_and_asks_nothing_of_a_network(
    browser: Any, review: Review, tmp_path: Path
) -> None:
    opened(browser, review, tmp_path)
    assert browser.title == "Population medication review, 31 March 2026"
    assert browser.execute_script("return document.documentElement.lang") == "en"
    assert browser.execute_script("return document.querySelectorAll('figure svg rect').length") > 10
    assert browser.get_log("browser") == []
    address = (tmp_path / "population.html").as_uri()
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [message["params"] for message in messages if message["method"] == "Network.requestWillBeSent"]
    # A browser that has just started may still be loading its own first page, which is no request of ours.
    assert [one["request"]["url"] for one in asked if one["documentURL"] == address] == [address]


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_nothing_is_wider_than_the_window(width: int, browser: Any, review: Review, tmp_path: Path) -> None:
    """The fixture has a name of 300 letters."""
    opened(browser, review, tmp_path, width)
    wide = browser.execute_script(
        """return Array.from(document.querySelectorAll('main *')).filter(e => e.getClientRects().length
        && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + e.textContent.slice(0, 40))"""
    )
    assert wide == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_on_a_phone_each_cell_says_what_it_is(browser: Any, review: Review, tmp_path: Path) -> None:
    opened(browser, review, tmp_path, PHONE)
    cell = "document.querySelector('#worklist-table tbody td:nth-child(3)')"
    assert browser.execute_script(f"return getComputedStyle({cell}, '::before').content") == '"Tier"'
    assert browser.execute_script(f"return {cell}.getBoundingClientRect().width") > 300


def test_columns_sort_both_ways_and_say_so(browser: Any, review: Review, tmp_path: Path) -> None:
    opened(browser, review, tmp_path)
    score = heading(browser, "worklist-table", "Score")
    assert score.get_attribute("aria-sort") is None
    score.find_element("tag name", "button").click()
    assert (score.get_attribute("aria-sort"), column(browser, "worklist-table", 3)) == (
        "ascending",
        ["0", "0", "22", "87"],
    )
    score.find_element("tag name", "button").click()
    assert (score.get_attribute("aria-sort"), column(browser, "worklist-table", 3)) == (
        "descending",
        ["87", "22", "0", "0"],
    )
    tier = heading(browser, "worklist-table", "Tier")
    tier.find_element("tag name", "button").click()
    assert score.get_attribute("aria-sort") is None
    assert column(browser, "worklist-table", 2) == ["Act today", "Act this week", "Not fully checked", "No findings"]
    rate = heading(browser, "measures-table", "Rate")
    for _ in range(2):
        rate.find_element("tag name", "button").click()
        assert column(browser, "measures-table", 5)[-1] == "none", "what has no rate stands last, whichever way"


def test_the_keyboard_sorts_too(browser: Any, review: Review, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    opened(browser, review, tmp_path)
    button = heading(browser, "worklist-table", "Resident").find_element("tag name", "button")
    browser.execute_script("arguments[0].focus()", button)
    outline = browser.execute_script("return getComputedStyle(arguments[0]).outlineStyle", button)
    browser.switch_to.active_element.send_keys(Keys.SPACE)
    assert [text.split()[0] for text in column(browser, "worklist-table", 0)] == ["+1", "007", "evil/1", "R-3"]
    assert outline == "solid"


def test_the_filter_takes_words_in_any_order(browser: Any, review: Review, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    opened(browser, review, tmp_path)
    box = browser.find_element("id", "worklist-table-filter")
    box.send_keys("SEDATION okonkwo")
    assert [text.split()[0] for text in column(browser, "worklist-table", 0)] == ["007"]
    assert browser.find_element("css selector", "#worklist .status").text == "1 of 4 match"
    box.send_keys(" nobody")
    assert column(browser, "worklist-table", 0) == []
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys(Keys.DELETE)
    assert len(column(browser, "worklist-table", 0)) == 4


HOSTILE = ("<script>window.ran = 1</script>", '"><img src=x onerror="window.ran = 1">', "javascript:window.ran=1")


def test_a_name_that_is_a_script_does_not_run(browser: Any, review: Review, tmp_path: Path) -> None:
    text = " ".join(HOSTILE)
    evil = review.patients.assign(name=text, unit=text, first_action=text)
    opened(browser, replace(review, patients=evil, notices=(text,)), tmp_path)
    assert browser.execute_script("return window.ran") is None
    assert browser.get_log("browser") == []
    assert HOSTILE[0] in column(browser, "worklist-table", 0)[0]


def test_accessibility_by_the_rules_of_axe(browser: Any, review: Review, tmp_path: Path) -> None:
    import axe_selenium_python

    (script,) = Path(axe_selenium_python.__file__).parent.rglob("axe.min.js")
    for width in (DESKTOP, PHONE):
        opened(browser, review, tmp_path, width)
        browser.execute_script(script.read_text(encoding="utf-8"))
        found = browser.execute_async_script("axe.run().then(arguments[0])")
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]] == []
        assert len(found["passes"]) > 20


def test_five_thousand_residents_stay_usable(browser: Any, review: Review, tmp_path: Path) -> None:
    crowd = many(review, 5000)
    started = time.perf_counter()
    opened(browser, crowd, tmp_path)
    print(f"written and opened in {time.perf_counter() - started:.1f} s", end=", ")
    print(f"{(tmp_path / 'population.html').stat().st_size / 1e6:.1f} MB")
    assert len(column(browser, "worklist-table", 0)) == 100, "the others follow on demand"
    browser.execute_script("document.querySelector('[data-more=worklist-table]').click()")
    assert len(column(browser, "worklist-table", 0)) == 200
    browser.find_element("id", "worklist-table-filter").send_keys("007-1249")
    assert len(column(browser, "worklist-table", 0)) == 1


def test_print_has_every_row_that_the_filter_leaves(browser: Any, review: Review, tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    opened(browser, many(review, 240), tmp_path)
    assert len(column(browser, "worklist-table", 0)) == 100
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    (tmp_path / "page.pdf").write_bytes(base64.b64decode(printed["data"]))
    text = " ".join(part.extract_text() for part in pypdf.PdfReader(tmp_path / "page.pdf").pages)
    # Where a line breaks, and whether "fi" is one letter, is up to the fonts of the machine.
    words = unicodedata.normalize("NFKC", text).split()
    assert {f"007-{n}" for n in range(60)} <= set(words)
    assert "Show more" not in " ".join(words) and "Do first" in " ".join(words)
