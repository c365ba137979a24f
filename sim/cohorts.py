"""Cohorts beyond their plain share: official removal, open cohorts, and what the next list can promise.

Everything here takes a few replications at a time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.clocks import DAY
from sim.rates import aalen_johansen
from sim.trace import NEVER

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Longs = npt.NDArray[np.int64]
Times = npt.NDArray[np.integer]


def removal_draws(ids: Sequence[str], seed: int, numbers: Sequence[int], name: str) -> Floats:
    """Return the draw that decides whether each project is taken off a list on a date, (R, P).

    Parameters
    ----------
    ids : sequence of str
    seed : int
    numbers : sequence of int
        Replications.
    name : str
        List and date, such as ``start-1 2021-12-31``.
    """
    subjects, activity = philox.hash_names(ids), philox.hash_name(f"removal {name}")
    draws = [philox.uniforms(seed, r, subjects, activity, 0, philox.APPLIES)[:, 0] for r in numbers]
    return np.array(draws, dtype=np.float64).reshape(len(numbers), len(ids))


def removed_on(
    reached: Times, withdrawn: Times, date: int, *, may: Flags | None = None,
    share: Floats | float = 1.0, draws: Floats | None = None,
) -> Flags:  # fmt: skip
    """Say which projects are taken off a list at the end of a date.

    Parameters
    ----------
    reached : (R, P) int
        Minute of the milestone the list is judged by: who has reached it stays.
    withdrawn : (R, P) int
    date : int
        Last minute of the day.
    may : (P,) bool, optional
        Projects that may be taken off while they are open; left out: those that have withdrawn.
    share : float or (R, 1) float64
        Share of them that is.
    draws : (R, P) float64, optional
        Needed where the share is below 1.

    Examples
    --------
    >>> reached, left = np.array([[5, NEVER, NEVER]]), np.array([[NEVER, 7, NEVER]])
    >>> removed_on(reached, left, 9).tolist()
    [[False, True, False]]
    >>> removed_on(reached, left, 9, may=np.array([True, False, True])).tolist()
    [[False, False, True]]
    """
    candidates = withdrawn <= date if may is None else np.broadcast_to(may, reached.shape)
    found = (reached > date) & candidates
    return found if draws is None else found & (draws < share)


def open_cohort_share(
    signed: Times, reached: Times, withdrawn: Times, since: int, at: int, days: Sequence[int],
    active: Flags | None = None,
) -> tuple[Floats, Longs]:  # fmt: skip
    """Share that reached a milestone by so many days after signing, from cohorts that are still open.

    Aalen and Johansen, with withdrawal as a competing exit. A ledger shows a project of before its first
    day only if it was still there then, so each comes under observation at `since` (delayed entry).

    Parameters
    ----------
    signed, reached, withdrawn : (R, P) int
        Minutes, `NEVER` = not; dates nobody knows (`-NEVER`) are left out.
    since, at : int
        First and last minute of observation.
    days : sequence of int
        Ages at which the share is read.
    active : (R, P) bool, optional

    Returns
    -------
    share : (R, len(days)) float64
        NaN where nobody was observed.
    observed : (R,) int64
        Projects that were.

    Examples
    --------
    >>> one = lambda *d: np.array([d]) * DAY
    >>> far = NEVER // DAY + 1
    >>> share, n = open_cohort_share(one(0, 0, 0), one(30, 100, far), one(far, far, 60), 0, 365 * DAY, [91])
    >>> share.round(3).tolist(), n.tolist()
    ([[0.333]], [3])
    """
    dated = (signed > -NEVER) & (signed < at) & (reached > -NEVER) & (withdrawn > -NEVER)
    if active is not None:
        dated &= active
    end = np.minimum(np.minimum(reached, withdrawn), at)
    outcome = np.where(reached == end, 1, np.where(withdrawn == end, 2, 0))
    entry, leave = np.maximum(since - signed, 0), end - signed
    watched = dated & (entry < leave)
    ages = np.array(days, dtype=np.int64) * DAY
    share = np.full((len(signed), len(ages)), np.nan)
    for r in np.flatnonzero(watched.any(axis=1)):
        who = watched[r]
        share[r] = aalen_johansen(entry[r, who], leave[r, who], outcome[r, who], ages)
    return share, watched.sum(axis=1, dtype=np.int64)


def first_missing(reached: Flags, order: Longs) -> Longs:
    """Return how many of the first projects of an order have all reached it, (R,).

    Examples
    --------
    >>> first_missing(np.array([[True, False, True], [True, True, True]]), np.array([2, 0, 1])).tolist()
    [2, 3]
    """
    if not len(order):
        return np.zeros(len(reached), dtype=np.int64)
    missing = ~reached[:, order]
    return np.where(missing.any(axis=1), missing.argmax(axis=1), len(order)).astype(np.int64)


def sure_count(histogram: Longs, confidence: float) -> int:
    """Return the largest number that is reached in at least so great a share of the replications.

    Parameters
    ----------
    histogram : (N+1,) int64
        Replications by number reached.
    confidence : float

    Examples
    --------
    >>> sure_count(np.array([0, 2, 2, 6]), 0.8), sure_count(np.array([0, 2, 2, 6]), 0.6)
    (2, 3)
    """
    at_least = histogram[::-1].cumsum()[::-1]
    need = math.ceil(confidence * int(at_least[0]) - 1e-9)
    return int(np.flatnonzero(at_least >= need)[-1])
