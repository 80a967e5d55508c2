"""The two equations of kidney function, against values worked out by hand from the published formulas."""

import numpy as np
import pytest

from pipeline.normalise.kidney import ckd_epi_2021, cockcroft_gault


def of(equation, *values: float) -> float:
    return float(equation(*(np.array([value]) for value in values))[0])


@pytest.mark.parametrize(
    ("sex", "age", "creatinine", "egfr"),
    [
        # 142 · (1.4/0.7)^-1.2 · 0.9938^84 · 1.012
        ("F", 84, 1.4, 37.1),
        # 142 · (1.0/0.9)^-1.2 · 0.9938^50
        ("M", 50, 1.0, 91.7),
        ("F", 50, 1.0, 68.6),
        # Below κ the other exponent counts: 142 · (0.5/0.7)^-0.241 · 0.9938^30 · 1.012
        ("F", 30, 0.5, 129.3),
        ("M", 30, 0.5, 140.7),
        # At κ both factors are 1: 142 · 0.9938^70
        ("M", 70, 0.9, 91.9),
        ("F", 70, 0.7, 93.0),
        ("M", 90, 5.0, 10.4),
    ],
)
def test_ckd_epi_2021(sex: str, age: float, creatinine: float, egfr: float) -> None:
    assert of(ckd_epi_2021, creatinine, age, sex == "F") == pytest.approx(egfr, abs=0.06)


@pytest.mark.parametrize(
    ("sex", "age", "weight", "creatinine", "clearance"),
    [
        # (140 - 60) · 72 / (72 · 1)
        ("M", 60, 72, 1.0, 80.0),
        ("F", 60, 72, 1.0, 68.0),
        ("F", 84, 58, 1.4, 27.4),
        ("M", 90, 50, 2.0, 17.4),
    ],
)
def test_cockcroft_gault(sex: str, age: float, weight: float, creatinine: float, clearance: float) -> None:
    assert of(cockcroft_gault, creatinine, age, weight, sex == "F") == pytest.approx(clearance, abs=0.05)


@pytest.mark.parametrize(("age", "known"), [(17, False), (18, True), (110, True)])
def test_neither_is_for_children(age: float, known: bool) -> None:
    assert np.isfinite(of(ckd_epi_2021, 1.0, age, True)) == known
    assert np.isfinite(of(cockcroft_gault, 1.0, age, 60, True)) == known


def test_no_clearance_at_an_age_at_which_it_would_be_nothing() -> None:
    assert of(cockcroft_gault, 1.0, 139, 60, False) > 0
    assert np.isnan(of(cockcroft_gault, 1.0, 140, 60, False))


@pytest.mark.parametrize("unknown", [0, 1, 2])
def test_what_is_not_known_makes_the_result_not_known(unknown: int) -> None:
    values = [1.0, 80.0, 60.0]
    values[unknown] = np.nan
    assert np.isnan(of(cockcroft_gault, *values, True))
