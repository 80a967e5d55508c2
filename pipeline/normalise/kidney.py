"""Kidney function from creatinine. The two equations measure different things and are never put for one another."""

import numpy as np


def ckd_epi_2021(creatinine: np.ndarray, age: np.ndarray, female: np.ndarray) -> np.ndarray:
    """Estimated GFR in mL/min/1.73 m² by the race-free CKD-EPI creatinine equation of 2021, for adults.

    Inker LA et al., N Engl J Med 2021;385:1737-49: 142 · min(Scr/κ, 1)^α · max(Scr/κ, 1)^-1.200 · 0.9938^age · 1.012 if
    female; κ 0.7 and α -0.241 for women, 0.9 and -0.302 for men.

    Args:
        creatinine: serum creatinine in mg/dL.
        age: years. Below 18 the result is NaN: the equation was not made for children.
        female: true for women.
    """
    kappa = np.where(female, 0.7, 0.9)
    alpha = np.where(female, -0.241, -0.302)
    ratio = creatinine / kappa
    egfr = 142 * np.minimum(ratio, 1) ** alpha * np.maximum(ratio, 1) ** -1.2 * 0.9938**age * np.where(female, 1.012, 1)
    return np.where(age >= 18, egfr, np.nan)


def cockcroft_gault(creatinine: np.ndarray, age: np.ndarray, weight: np.ndarray, female: np.ndarray) -> np.ndarray:
    """Creatinine clearance in mL/min: (140 - age) · weight / (72 · creatinine), times 0.85 for women, for adults.

    Cockcroft DW, Gault MH, Nephron 1976;16:31-41. Weight is the actual weight.

    Args:
        creatinine: serum creatinine in mg/dL.
        age: years. Below 18 the result is NaN.
        weight: kilograms.
        female: true for women.
    """
    clearance = (140 - age) * weight / (72 * creatinine) * np.where(female, 0.85, 1)
    return np.where((age >= 18) & (age < 140), clearance, np.nan)
