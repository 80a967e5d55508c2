"""Strengths as the tests write them."""

from pipeline.normalise.strengths import Quantity


def shown(strengths: tuple[Quantity | None, ...]) -> str:
    """`8.6 mg/tablet + 50 mg/tablet`, `?` for one that is not known."""
    return " + ".join(
        "?" if amount is None else f"{amount.value:g} {amount.unit}" + (f"/{amount.per}" if amount.per else "")
        for amount in strengths
    )
