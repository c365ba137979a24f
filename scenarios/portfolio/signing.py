"""Dates of signing: spread over the months of a class, with the bulge of the autumn fair."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from scenarios.portfolio.attributes import Margins


def month_starts(first: date, last: date) -> list[date]:
    """Give the first day of each month from `first` to `last`."""
    start, stop = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [date(m // 12, m % 12 + 1, 1) for m in range(start, stop + 1)]


def _cumulated(months: Sequence[date], october: float) -> npt.NDArray[np.float64]:
    """Cumulated share of signings at the end of each month: October has a bulge."""
    is_october = np.array([m.month == 10 for m in months])
    weights = np.full(len(months), 1.0)
    if is_october.any():
        weights = np.where(is_october, october / is_october.sum(), (1 - october) / (~is_october).sum())
    return np.asarray(np.cumsum(weights) / weights.sum())


def signing_dates(u: npt.NDArray[np.float64], year_class: str, margins: Margins) -> list[date]:
    """Turn uniform numbers into signing dates of a class."""
    first = date.fromisoformat(margins[f"signed.{year_class}.first"])
    last = date.fromisoformat(margins[f"signed.{year_class}.last"])
    months = month_starts(first, last)
    ends = _cumulated(months, float(margins["signed.october_share"]))
    found = []
    for share in u:
        i = int(np.searchsorted(ends, share, side="right"))
        low = ends[i - 1] if i else 0.0
        begin = max(months[i], first)
        stop = min([*months[i + 1 : i + 2], last + timedelta(days=1)])
        found.append(begin + timedelta(days=int((share - low) / (ends[i] - low) * (stop - begin).days)))
    return found
