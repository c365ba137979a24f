"""Reporting delay from the extracts of one register: every vintage is kept, each tells when a fact was known.

An event absent from one extract and present in the next was first reported between them; one that the
first extract knows was reported by then; what the last extract does not know is not seen at all. The
share on record F(d) is the likeliest that agrees with all of it, smoothed a little, since extracts a
year apart do not tell one month from the next. Registers also take events back: the share retracted is
measured beside, and the net share of the two corrects a series.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from forecasts.delay import LEFT, LONGEST, Delay, delay_of, trimmed
from forecasts.months import month_of
from sim.ledger import Ledger

__all__ = ["KEPT", "Sightings", "delay_of_extracts", "known_by_age", "reporting_delay", "sightings"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Extracts compared, the last ones.
KEPT = 12

#: Rounds of the expectation-maximisation; the share on record moves by less than 0.001 after half of them.
_ROUNDS = 400


@dataclass(frozen=True)
class Sightings:
    """Between which extracts the events of one milestone were first seen.

    Parameters
    ----------
    low, high : (n,) int64
        The delay lies in low .. high months.
    reach : (n,) int64
        Age at the last extract: a longer delay would not be seen.
    retracted : (2, `LONGEST` + 1) float64
        By age at an extract: events on record there, and those of them that the next extract has not.
    """

    low: Ints
    high: Ints
    reach: Ints
    retracted: Floats


def sightings(extracts: Sequence[tuple[date, Ledger]], milestone: str) -> Sightings:
    """Collect when each event of a milestone was first seen.

    Parameters
    ----------
    extracts : sequence of (date, Ledger)
        Oldest first.
    milestone : str

    Notes
    -----
    The month of an event is the one the last extract knows. An event older than `LONGEST` at the first
    extract tells nothing and is left out.
    """
    days = [month_of(day) for day, _ in extracts]
    known = [_months(ledger, milestone) for _, ledger in extracts]
    rows = [
        _sighting(month, [project in column for column in known], days)
        for project, month in known[-1].items()
        if days[0] - LONGEST < month <= days[-1]
    ]
    low, high, reach = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    retracted = np.zeros((2, LONGEST + 1))
    for day, then, later in zip(days, known, known[1:], strict=False):
        for project, month in then.items():
            if 0 <= day - month <= LONGEST:
                retracted[:, day - month] += (1.0, project not in later)
    return Sightings(low, high, reach, retracted)


def _sighting(month: int, seen: Sequence[bool], days: Sequence[int]) -> tuple[int, int, int]:
    """Bound the delay of one event: after the extract before the first that has it, up to that one."""
    first = next(k for k, has in enumerate(seen) if has and days[k] >= month)
    low = 0 if first == 0 else max(0, days[first - 1] - month + 1)
    low, high, reach = (min(age, LONGEST) for age in (low, days[first] - month, days[-1] - month))
    return low, high, reach


def known_by_age(low: npt.ArrayLike, high: npt.ArrayLike, reach: npt.ArrayLike) -> Floats:
    """Estimate the share on record by age from interval-censored, right-truncated delays.

    Parameters
    ----------
    low, high, reach : (n,) int
        As in `Sightings`; ``low <= high <= reach``.

    Returns
    -------
    (`LONGEST` + 1,) float64
        F(d), rising to 1.

    Notes
    -----
    Turnbull's estimator (JRSS B 38, 1976) by expectation-maximisation; each round is followed by a
    running mean of weights 1, 2, 1 over the delays from one month on (Silverman and others, JRSS B 52,
    1990). Reports in the month itself stay apart: many offices report at once or not for long.

    Examples
    --------
    >>> known_by_age([0, 0, 1, 1], [0, 0, 1, 1], [40, 40, 40, 40])[:2].round(2).tolist()
    [0.5, 0.88]
    """
    bounds, weight = np.unique(np.stack([low, high, reach], axis=1), axis=0, return_counts=True)
    age = np.arange(LONGEST + 1)
    inside = (age >= bounds[:, :1]) & (age <= bounds[:, 1:2])
    unseen = age > bounds[:, 2:]
    # Longer delays than any event could show are left out: nothing tells of them.
    chance = (age <= np.max(reach)) / (min(np.max(reach), LONGEST) + 1.0)
    for _ in range(_ROUNDS):
        within, beyond = inside * chance, unseen * chance
        seen = 1.0 - beyond.sum(axis=1)
        share = (weight / within.sum(axis=1)) @ within + (weight / seen) @ beyond
        chance = _smooth(share / share.sum(), int(np.max(reach)))
    return np.asarray(np.minimum(np.cumsum(chance), 1.0))


def _smooth(chance: Floats, longest: int) -> Floats:
    """Average neighbours among the delays from one month to the longest; keep the sum."""
    later = np.pad(chance[1 : longest + 1], 1, mode="edge")
    means = (later[:-2] + 2.0 * later[1:-1] + later[2:]) / 4.0
    return np.concatenate([chance[:1], means, chance[longest + 1 :]])


def delay_of_extracts(extracts: Sequence[tuple[date, Ledger]], milestone: str) -> Delay | None:
    """Measure the delay of a milestone from two or more extracts of one register.

    Parameters
    ----------
    extracts : sequence of (date, Ledger)
        Oldest first.
    milestone : str
        Or `delay.LEFT`.

    Returns
    -------
    Delay or None
        None with fewer than two extracts, or without an event young enough to be late.
    """
    if len(extracts) < 2:
        return None
    seen = sightings(extracts, milestone)
    if len(seen.low) == 0:
        return None
    known = known_by_age(seen.low, seen.high, seen.reach)
    recorded, taken_back = seen.retracted.sum(axis=1)
    new = np.bincount(seen.low[seen.low > 0], minlength=LONGEST + 1)
    return Delay(
        milestone,
        "extracts",
        len(seen.low),
        trimmed(new),
        tuple(float(x) for x in known),
        retracted=float(taken_back / recorded) if recorded else 0.0,
    )


def _months(ledger: Ledger, milestone: str) -> Mapping[str, int]:
    """Give the month of a milestone, or of leaving, by project, where it is known."""
    days = ledger.withdrawn if milestone == LEFT else ledger.dates[milestone]
    return {
        project: month_of(day) for project, day in zip(ledger.ids, days, strict=True) if isinstance(day, date)
    }


def reporting_delay(
    ledger: Ledger, as_of: date, *, extracts: Sequence[tuple[date, Ledger]] = ()
) -> dict[str, Delay]:
    """Measure the delay of every milestone that allows it, and of leaving (`delay.LEFT`) between extracts.

    Parameters
    ----------
    ledger : Ledger
    as_of : date
    extracts : sequence of (date, Ledger)
        Extracts of the same register, oldest first; those up to the as-of date are compared where there
        are no dates of first report.
    """
    found: dict[str, Delay] = {}
    usable = [pair for pair in extracts if pair[0] <= as_of]
    for name in ledger.milestones:
        delay = delay_of(ledger, name, as_of) or delay_of_extracts(usable, name)
        if delay is not None:
            found[name] = delay
    left = delay_of_extracts(usable, LEFT)
    return found | ({LEFT: left} if left is not None else {})
