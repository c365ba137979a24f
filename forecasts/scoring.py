"""Scores of published numbers: mid-p, the number outside the interval, the width of a reference class.

Plain arrays in, plain numbers out. Definitions: "Validation".
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtrc

Floats = npt.NDArray[np.float64]

#: Share of futures outside the interval that rows are scored by.
OUTSIDE = 0.1

#: Rows below which a width of a reference class says nothing.
FEW = 5

#: How far from the month asked rows of a reference class are taken where that month has too few.
MONTHS_AROUND = 2


def mid_p(samples: Floats, value: float, rounding: float = 0.0) -> float:
    """Return u = P(X < x) + P(X = x) / 2, where x is every number that is published as `value`.

    Parameters
    ----------
    samples : (R,) float64
    value : float
        As published.
    rounding : float
        Width of the numbers published the same; 0 = exact.

    Examples
    --------
    >>> mid_p(np.array([5.0, 6.0, 6.0, 7.0]), 6.0)
    0.5
    >>> mid_p(np.array([85.1, 85.714, 100.0]), 85.7, 0.1)
    0.5
    """
    half = rounding / 2 + 1e-9 * max(1.0, abs(value))
    below = (samples < value - half).mean()
    same = (np.abs(samples - value) <= half).mean()
    return float(below + same / 2)


def is_outside(u: float) -> bool:
    """Tell whether a mid-p lies outside the 90 % interval.

    Examples
    --------
    >>> is_outside(0.04), is_outside(0.05), is_outside(0.97)
    (True, False, True)
    """
    return not OUTSIDE / 2 <= u <= 1 - OUTSIDE / 2


def spread(samples: Floats) -> dict[str, float]:
    """Return p05, p50 and p95 (linear interpolation)."""
    low, mid, high = np.quantile(samples, [0.05, 0.5, 0.95])
    return {"p05": float(low), "p50": float(mid), "p95": float(high)}


def against_binomial(outside: int, n: int) -> dict[str, Any]:
    """Compare a number outside the interval with Binomial(n, 0.1).

    Returns
    -------
    dict
        ``outside``, ``n``, ``expected``, ``at_least`` = P(K >= outside), ``at_most`` = P(K <= outside) and
        ``two_sided`` = twice the smaller of the two, at most 1. Rows of one place share their luck, so the
        probabilities are a guide, not a test.

    Examples
    --------
    >>> found = against_binomial(3, 10)
    >>> round(found["at_least"], 4), round(found["at_most"], 4), round(found["two_sided"], 4)
    (0.0702, 0.9872, 0.1404)
    """
    if n == 0:
        return {"outside": 0, "n": 0, "expected": 0.0, "at_least": 1.0, "at_most": 1.0, "two_sided": 1.0}
    at_least = 1.0 if outside == 0 else float(bdtrc(outside - 1, n, OUTSIDE))
    at_most = float(bdtr(outside, n, OUTSIDE))
    return {
        "outside": outside,
        "n": n,
        "expected": OUTSIDE * n,
        "at_least": at_least,
        "at_most": at_most,
        "two_sided": min(1.0, 2 * min(at_least, at_most)),
    }


def read_reference(path: Path, place: str) -> list[dict[str, str]]:
    """Return the rows of a reference class that are not of the place being scored.

    Parameters
    ----------
    path : Path
        CSV with a column ``place``; lines that begin with ``#`` are remarks.
    place : str
        English name; case does not matter.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return [row for row in rows if row["place"].strip().lower() != place.strip().lower()]


def progress_width(
    rows: Sequence[Mapping[str, str]], month: int, project_class: str = "all"
) -> dict[str, Any]:
    """Return how far apart other places lie in a month: 5 to 95 % of their share of the annual plan.

    Where the month itself has fewer than five rows, those of the months around it count too, each set
    against its own month by the even pace (序时进度).

    Parameters
    ----------
    rows : sequence of mapping
        Columns place, month_end, pct_of_annual_plan, project_class.
    month : int
        1..12.
    project_class : str

    Returns
    -------
    dict
        ``width`` in points, None with fewer than five rows; ``low``, ``high``; ``rows``, ``places``;
        ``months_around``; ``covers``: how much of a next row the whole range of so many rows covers,
        (n - 1) / (n + 1) - with few rows less than the 90 % asked for.
    """
    around, chosen = 0, list[tuple[str, float]]()
    for around in range(MONTHS_AROUND + 1):
        chosen = [
            (row["place"], float(row["pct_of_annual_plan"]) + (month - int(row["month_end"])) * 100 / 12)
            for row in rows
            if row["project_class"] == project_class and abs(int(row["month_end"]) - month) <= around
        ]
        if len(chosen) >= FEW:
            break
    return _width(chosen) | {"months_around": around}


def cohort_width(rows: Sequence[Mapping[str, str]], column: str) -> dict[str, Any]:
    """Return how far apart the rates of other places' lists lie, as `progress_width`.

    Parameters
    ----------
    rows : sequence of mapping
    column : str
        ``start_rate``, ``production_rate`` or ``capacity_rate``.
    """
    return _width([(row["place"], float(row[column])) for row in rows if row[column]])


def _width(chosen: Sequence[tuple[str, float]]) -> dict[str, Any]:
    n = len(chosen)
    found: dict[str, Any] = {"width": None, "low": None, "high": None}
    if n >= FEW:
        low, high = (float(q) for q in np.quantile([value for _, value in chosen], [0.05, 0.95]))
        found = {"width": high - low, "low": low, "high": high}
    return found | {"rows": n, "places": len({p for p, _ in chosen}), "covers": max(n - 1, 0) / (n + 1)}
