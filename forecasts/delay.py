"""Reporting delay: how much of what happened is on record, and when; measured, stated, not corrected.

F(d) is the share of events on record d whole months after they happened. Two measurements: from the
dates of first report (reverse-time hazard, so that events too young to be late do not bias it), and
from two extracts of one ledger (what the later one knows of months the earlier one covered). Either
gives a lower bound of the true delay: what nobody has reported yet is in neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from sim.ledger import Ledger, When

Floats = npt.NDArray[np.float64]

#: Ages, in months, at which the share on record is stated.
STATED: tuple[int, ...] = (0, 1, 3, 6, 12)

#: Delays beyond are counted as this many months.
LONGEST = 36


@dataclass(frozen=True)
class Delay:
    """The reporting delay of one milestone.

    Parameters
    ----------
    milestone : str
    method : {"reported dates", "two extracts"}
    events : int
        Events it is measured on.
    counts : tuple of int
        Events by delay in whole months (reported dates), or newly known ones by age (two extracts).
    known : tuple of float
        F(d): share on record d months after the event, d = 0 .. `LONGEST`.

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

    @property
    def mean_months(self) -> float:
        """Mean delay in months: the sum of 1 - F(d)."""
        return float(sum(1.0 - share for share in self.known))

    def share_known(self, months: int) -> float:
        """Share on record so many months after the event."""
        return self.known[min(months, len(self.known) - 1)]

    def statement(self) -> dict[str, object]:
        """Give what a forecast prints: method, events, mean delay, share known by age."""
        return {
            "method": self.method,
            "events": self.events,
            "counts": list(self.counts),
            "mean_months": round(self.mean_months, 2),
            "known_after_months": {str(d): round(self.share_known(d), 3) for d in STATED},
        }


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

    Notes
    -----
    g(d) = #{delay = d} / #{delay <= d, age >= d}; F(d) = product over j > d of (1 - g(j)).
    A report older than its event has delay 0.
    """
    pairs = [
        (event, report)
        for event, report in zip(ledger.dates[milestone], ledger.reported.get(milestone, ()), strict=False)
        if isinstance(event, date) and report is not None and event <= as_of and report <= as_of
    ]
    if not pairs:
        return None
    delays = np.array([min(max(_months(e, r), 0), LONGEST) for e, r in pairs])
    ages = np.array([_months(e, as_of) for e, _ in pairs])
    counts = np.bincount(delays, minlength=LONGEST + 1)
    return Delay(milestone, "reported dates", len(pairs), _trim(counts), _reverse_time(delays, ages))


def _reverse_time(delays: npt.NDArray[np.int64], ages: npt.NDArray[np.int64]) -> tuple[float, ...]:
    """Estimate F by the reverse-time hazard."""
    g = np.zeros(LONGEST + 1)
    for d in range(LONGEST + 1):
        at_risk = int(np.sum((delays <= d) & (ages >= d)))
        g[d] = np.sum((delays == d) & (ages >= d)) / at_risk if at_risk else 0.0
    kept = np.cumprod((1.0 - g)[::-1])[::-1]
    return tuple(float(x) for x in np.append(kept[1:], 1.0))


def delay_between(
    earlier: Ledger, later: Ledger, milestone: str, earlier_date: date, *, months: int = LONGEST
) -> Delay | None:
    """Measure the delay of a milestone from two extracts of one ledger.

    Parameters
    ----------
    earlier, later : Ledger
        The same register, known on `earlier_date` and later.
    milestone : str
    earlier_date : date
    months : int
        How far back events are compared.

    Returns
    -------
    Delay or None
        None where the later extract has no event in those months.

    Notes
    -----
    For events aged a months at the earlier date, F(a) = known then / known later, made to rise with
    a by pooling neighbours (weights: the events). Events moved or taken away by the later extract
    count as never known.
    """
    then = dict(zip(earlier.ids, earlier.dates[milestone], strict=True))
    final = np.zeros(months + 1)
    known = np.zeros(months + 1)
    for project, event in zip(later.ids, later.dates[milestone], strict=True):
        if not isinstance(event, date) or event > earlier_date:
            continue
        age = _months(event, earlier_date)
        if age <= months:
            final[age] += 1
            known[age] += _was_known(then.get(project))
    if final.sum() == 0:
        return None
    share = rising(np.divide(known, final, out=np.zeros_like(known), where=final > 0), final)
    padded = tuple(float(x) for x in share) + (float(share[-1]),) * (LONGEST - months)
    return Delay(milestone, "two extracts", int(final.sum()), _trim(final - known), padded[: LONGEST + 1])


def _was_known(cell: When) -> bool:
    return cell is not None


def rising(values: Floats, weights: Floats) -> Floats:
    """Fit a series that never falls by pooling adjacent violators.

    Examples
    --------
    >>> rising(np.array([0.2, 0.6, 0.4, 1.0]), np.ones(4)).tolist()
    [0.2, 0.5, 0.5, 1.0]
    """
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append((float(value), float(weight), 1))
        while len(blocks) > 1 and _violates(blocks[-2], blocks[-1]):
            (a, wa, na), (b, wb, nb) = blocks[-2], blocks[-1]
            total = wa + wb
            blocks[-2:] = [((a * wa + b * wb) / total if total else max(a, b), total, na + nb)]
    return np.concatenate([np.full(n, value) for value, _, n in blocks])


def _violates(left: tuple[float, float, int], right: tuple[float, float, int]) -> bool:
    """Tell whether two blocks must be pooled: they fall, or one of them is without weight."""
    return left[0] > right[0] or right[1] == 0.0 or left[1] == 0.0


def reporting_delay(
    ledger: Ledger, as_of: date, *, extracts: Sequence[tuple[date, Ledger]] = ()
) -> dict[str, Delay]:
    """Measure the delay of every milestone that allows it.

    Parameters
    ----------
    ledger : Ledger
    as_of : date
    extracts : sequence of (date, Ledger)
        Extracts of the same register up to the as-of date, oldest first; the last two are compared
        where there are no dates of first report.
    """
    found: dict[str, Delay] = {}
    for name in ledger.milestones:
        delay = delay_of(ledger, name, as_of)
        usable = [pair for pair in extracts if pair[0] <= as_of]
        if delay is None and len(usable) >= 2:
            delay = delay_between(usable[-2][1], usable[-1][1], name, usable[-2][0])
        if delay is not None:
            found[name] = delay
    return found


def statement(delays: Mapping[str, Delay]) -> dict[str, object]:
    """Give the `reporting_delay` part of a forecast; says so where nothing could be measured."""
    if not delays:
        return {"measured": False, "remedy": "add columns reported_<milestone> to the ledger"}
    return {"measured": True, "milestones": {name: delay.statement() for name, delay in delays.items()}}


def _months(start: date, end: date) -> int:
    """Whole calendar months from the month of one date to the month of another."""
    return (end.year - start.year) * 12 + end.month - start.month


def _trim(counts: npt.NDArray[np.generic]) -> tuple[int, ...]:
    """Cut zeros off the end."""
    numbers = [int(n) for n in counts]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
