"""Reporting delay: how much of what happened is on record, and when.

F(d) is the share of events on record d whole months after they happened: from the dates of first
report (reverse-time hazard, so that events too young to be late do not bias it), or from the extracts
of a register (`forecasts.vintages`). Either gives a lower bound of the true delay: what nobody has
reported yet is in neither. `forecasts.nowcast` corrects a forecast by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from forecasts.months import month_of
from sim.ledger import Ledger

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Ages, in months, at which the share on record is stated.
STATED: tuple[int, ...] = (0, 1, 3, 6, 12)

#: Name of leaving (withdrawal, refusal, expiry) among delays by milestone.
LEFT = "withdrawn"

#: An office with more events than this is measured by itself.
ENOUGH = 100

#: Delays beyond are counted as this many months.
LONGEST = 36

#: A register that takes more back than this is believed no further.
MOST_RETRACTED = 0.9

#: A month of which less is on record is not corrected but left out.
LEAST = 0.4


@dataclass(frozen=True)
class Delay:
    """The reporting delay of one milestone.

    Parameters
    ----------
    milestone : str
    method : {"reported dates", "extracts"}
    events : int
        Events it is measured on.
    counts : tuple of int
        Events by delay in whole months (reported dates), or newly known ones by age (extracts).
    known : tuple of float
        F(d): share on record d months after the event, d = 0 .. `LONGEST`.
    retracted : float
        Share of the events on record that a later extract takes back (0 where it cannot be seen).

    Examples
    --------
    >>> delay = Delay("started", "reported dates", 4, (2, 2), (0.5, *[1.0] * 36))
    >>> delay.mean_months, delay.share_known(0)
    (0.5, 0.5)
    """

    milestone: str
    method: str
    events: int
    counts: tuple[int, ...]
    known: tuple[float, ...]
    retracted: float = 0.0

    @property
    def mean_months(self) -> float:
        """Mean delay in months: the sum of 1 - F(d)."""
        return float(sum(1.0 - share for share in self.known))

    def share_known(self, months: int) -> float:
        """Share on record so many months after the event."""
        return self.known[min(months, len(self.known) - 1)]

    def net(self) -> Floats:
        """Share on record by age, what will be taken back included; may be above 1 but for old events.

        Examples
        --------
        >>> delay = Delay("started", "extracts", 9, (9,), (0.5, *[1.0] * 36), retracted=0.2)
        >>> delay.net()[[0, 1, 36]].tolist()
        [0.625, 1.25, 1.0]
        """
        kept = 1.0 - min(self.retracted, MOST_RETRACTED)
        return np.append(np.asarray(self.known[:-1]) / kept, 1.0)

    def statement(self) -> dict[str, object]:
        """Give what a forecast prints: method, events, mean delay, share known by age."""
        return {
            "method": self.method,
            "events": self.events,
            "counts": list(self.counts),
            "mean_months": round(self.mean_months, 2),
            "known_after_months": {str(d): round(self.share_known(d), 3) for d in STATED},
        }


def delays_by_office(ledger: Ledger, milestone: str, as_of: date, offices: Sequence[str]) -> dict[str, Delay]:
    """Measure the delay of every office that reports enough, to see who is late: the slowest first.

    Parameters
    ----------
    ledger : Ledger
    milestone : str
    as_of : date
        Reports up to this date are seen.
    offices : (P,) sequence of str
        Who reports each project.

    Returns
    -------
    dict of str to Delay
        Offices with more than `ENOUGH` events with a date of first report.
    """
    rows, events, reports = _reports(ledger, milestone, as_of)
    office = np.array(offices, dtype=object)[rows]
    found = [
        (
            str(name),
            delay_of_months(milestone, events[office == name], reports[office == name], month_of(as_of)),
        )
        for name in np.unique(office)
        if name  # nobody's projects are no office's
    ]
    kept = [(name, delay) for name, delay in found if delay is not None and delay.events > ENOUGH]
    return dict(sorted(kept, key=lambda pair: -pair[1].mean_months))


def delay_of(ledger: Ledger, milestone: str, as_of: date) -> Delay | None:
    """Measure the delay of a milestone from its dates of first report; None without such dates.

    Parameters
    ----------
    ledger : Ledger
    milestone : str
    as_of : date
        Reports up to this date are seen.

    Returns
    -------
    Delay or None
    """
    _, events, reports = _reports(ledger, milestone, as_of)
    return delay_of_months(milestone, events, reports, month_of(as_of))


def _reports(ledger: Ledger, milestone: str, as_of: date) -> tuple[Ints, Ints, Ints]:
    """Return the rows with an event and its first report by a date, and the months of both."""
    pairs = enumerate(zip(ledger.dates.get(milestone, ()), ledger.reported.get(milestone, ()), strict=False))
    found = [
        (row, month_of(event), month_of(report))
        for row, (event, report) in pairs
        if isinstance(event, date) and report is not None and event <= as_of and report <= as_of
    ]
    rows, events, reports = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return rows, events, reports


def delay_of_months(
    milestone: str, events: npt.ArrayLike, reports: npt.ArrayLike, cutoff: int
) -> Delay | None:
    """Measure a delay from months of events and of their first reports.

    Parameters
    ----------
    milestone : str
    events, reports : (n,) int
        Absolute months; events at no known month, and reports not made by the cut-off, are left out.
    cutoff : int
        Absolute month; reports up to its end are seen.

    Returns
    -------
    Delay or None
        None without a single pair.

    Notes
    -----
    g(d) = #{delay = d} / #{delay <= d, age >= d}; F(d) = product over j > d of (1 - g(j)).
    A report older than its event has delay 0.

    Examples
    --------
    >>> delay = delay_of_months("started", [0, 0, 1, 1], [0, 1, 1, 2], 2)
    >>> delay.events, delay.share_known(0), delay.share_known(1)
    (4, 0.5, 1.0)
    """
    event, report = np.asarray(events, dtype=np.int64), np.asarray(reports, dtype=np.int64)
    seen = (event >= 0) & (event <= cutoff) & (report >= 0) & (report <= cutoff)
    if not seen.any():
        return None
    delays = np.clip(report[seen] - event[seen], 0, LONGEST)
    counts = np.bincount(delays, minlength=LONGEST + 1)
    known = _reverse_time(delays, cutoff - event[seen])
    return Delay(milestone, "reported dates", int(seen.sum()), trimmed(counts), known)


def _reverse_time(delays: npt.NDArray[np.int64], ages: npt.NDArray[np.int64]) -> tuple[float, ...]:
    """Estimate F by the reverse-time hazard."""
    g = np.zeros(LONGEST + 1)
    for d in range(LONGEST + 1):
        at_risk = int(np.sum((delays <= d) & (ages >= d)))
        g[d] = np.sum((delays == d) & (ages >= d)) / at_risk if at_risk else 0.0
    kept = np.cumprod((1.0 - g)[::-1])[::-1]
    return tuple(float(x) for x in np.append(kept[1:], 1.0))


def completed(recorded: npt.ArrayLike, share: Floats) -> tuple[Floats, int]:
    """Correct a monthly series for what is not on record yet.

    Parameters
    ----------
    recorded : (M,) array_like
        Events on record by month, up to the cut-off.
    share : (L,) float64
        Share of events on record by age in months; the last holds for all older ones.

    Returns
    -------
    values : (M - d,) float64
        On record over the share on record.
    left_out : int
        The d newest months, of which less than `LEAST` is on record.

    Examples
    --------
    >>> completed([10, 8, 3, 1], np.array([0.25, 0.5, 0.8, 1.0]))
    (array([10., 10.,  6.]), 1)
    """
    counts = np.asarray(recorded, dtype=np.float64)
    by_month = share[np.minimum(np.arange(len(counts))[::-1], len(share) - 1)]
    told = np.flatnonzero(by_month >= LEAST)
    kept = int(told[-1]) + 1 if len(told) else 0
    return counts[:kept] / by_month[:kept], len(counts) - kept


def statement(delays: Mapping[str, Delay]) -> dict[str, object]:
    """Give the `reporting_delay` part of a forecast; says so where nothing could be measured."""
    if not delays:
        return {"measured": False, "remedy": "add columns reported_<milestone> to the ledger"}
    return {"measured": True, "milestones": {name: delay.statement() for name, delay in delays.items()}}


def trimmed(counts: npt.NDArray[np.int64]) -> tuple[int, ...]:
    """Cut zeros off the end of counts."""
    numbers = [int(n) for n in counts]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
