"""Replications until every headline measure is as precise as asked.

Looked at are only 100, 200, 400 ... replications, always the first so many: so chunks, workers and
interruptions cannot change where the search ends. A measure counts as precise at n only if it is so at a
few smaller numbers of the same replications too: a lucky dip of its spread does not end the search.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from sim.errors import KaigongError

Floats = npt.NDArray[np.float64]

#: Numbers of replications at which a precision is looked at begin here; each is twice the one before.
FIRST_LOOK: int = 100

#: A measure must be precise also with so many replications fewer.
LOOK_AHEAD: tuple[int, ...] = (40, 30, 20, 10)

#: Replications at which to give up where nobody says otherwise.
BUDGET: int = 6400

#: Level of the intervals, over all that are read side by side.
LEVEL: float = 0.95


@dataclass(frozen=True)
class Headline:
    """A measure whose interval has to become narrow, by replication.

    Parameters
    ----------
    measure : str
    values : (R,) float64
        Its value in each replication, in order of their numbers; NaN where it has none.
    scale : (R,) float64, optional
        What the half-width is set against, as a mean; None: the value is a share, and so is the half-width.
    option, group : str
        Of what it is the measure.
    jointly : int
        Intervals that hold together at the level (Bonferroni).

    Examples
    --------
    >>> days = np.array([98.0, 102.0] * 50)
    >>> round(Headline("days", days, days).half_width(100), 4)
    0.004
    """

    measure: str
    values: Floats
    scale: Floats | None = None
    option: str = ""
    group: str = "all"
    jointly: int = 1

    @property
    def name(self) -> tuple[str, str, str]:
        """Return what tells it from the others."""
        return self.option, self.measure, self.group

    def half_width(self, count: int, level: float = LEVEL) -> float:
        """Return the half-width of the interval over the first replications, as a share.

        Parameters
        ----------
        count : int
            How many replications.
        level : float

        Returns
        -------
        float
            NaN where the measure has no value, infinite where it has no interval.
        """
        valid = ~np.isnan(self.values[:count])
        found = self.values[:count][valid]
        if len(found) < 2:
            return math.inf if len(found) else math.nan
        quantile = float(stdtrit(len(found) - 1, 1 - (1 - level) / (2 * self.jointly)))
        half = quantile * float(found.std(ddof=1)) / math.sqrt(len(found))
        if self.scale is None or half == 0:
            return half
        size = abs(float(self.scale[:count][valid].mean()))
        return half / size if size > 0 else math.inf

    def then(self, later: Headline) -> Headline:
        """Return the same measure with further replications behind."""
        scale = None
        if self.scale is not None and later.scale is not None:
            scale = np.concatenate([self.scale, later.scale])
        return replace(self, values=np.concatenate([self.values, later.values]), scale=scale)


@dataclass(frozen=True)
class Look:
    """What was seen at a number of replications.

    Parameters
    ----------
    asked : float
        Half-width asked for.
    budget : int
    replications : int
    following : int or None
        Where the next look would be; None: the budget does not allow one.
    last : Headline or None
        The measure that was last to become precise, or is the furthest from it; None: no measure has an
        interval.
    half_width : float
        Of that measure at this number.
    worst : float
        The largest of that measure's half-widths at this number and the few smaller ones.
    waiting : frozenset
        Names of the measures that are not precise.
    """

    asked: float
    budget: int
    replications: int
    following: int | None
    last: Headline | None
    half_width: float
    worst: float
    waiting: frozenset[tuple[str, str, str]]

    @property
    def reached(self) -> bool:
        """Whether every measure is precise."""
        return self.last is not None and not self.waiting

    @property
    def ended(self) -> bool:
        """Whether more replications are not to be run."""
        return self.reached or self.last is None or self.following is None

    @property
    def needed(self) -> int | None:
        """Replications that would do, from the spread seen so far; None if precise or not to be told."""
        if self.reached or not math.isfinite(self.worst):
            return None
        return math.ceil(self.replications * (self.worst / self.asked) ** 2)


def looks(budget: int) -> list[int]:
    """Return the numbers of replications to look at within a budget.

    Raises
    ------
    KaigongError
        If the budget does not reach to the first.

    Examples
    --------
    >>> looks(900)
    [100, 200, 400, 800]
    """
    if budget < FIRST_LOOK:
        raise KaigongError(f"budget: got {budget}, expected at least {FIRST_LOOK}; ask for more")
    return [FIRST_LOOK << k for k in range((budget // FIRST_LOOK).bit_length())]


def until_precise(
    asked: float,
    sample: Callable[[range], Sequence[Headline]],
    *,
    budget: int = BUDGET,
    level: float = LEVEL,
    report: Callable[[Look], None] | None = None,
) -> Look:
    """Run replications until every headline measure is precise, or the budget ends.

    Parameters
    ----------
    asked : float
        Largest half-width, a share of the measure's scale (in itself for shares).
    sample : callable
        Runs a range of replications and gives their headline measures, the same ones every time; no
        replication is asked for twice.
    budget : int
        Replications at most; the last look is the largest of 100, 200, 400 ... within it.
    level : float
    report : callable, optional
        Told of every look.

    Returns
    -------
    Look
        The last one.
    """
    found: dict[tuple[str, str, str], Headline] = {}
    done, look = 0, None
    steps = looks(budget)
    for count, following in zip(steps, [*steps[1:], None], strict=True):
        for part in sample(range(done, count)):
            found[part.name] = found[part.name].then(part) if part.name in found else part
        waited = look.waiting if look else frozenset(found)
        look = _look(list(found.values()), asked, budget, count, following, waited, level)
        done = count
        if report is not None:
            report(look)
        if look.ended:
            break
    assert look is not None  # there is always a first look
    return look


def _look(
    headlines: Sequence[Headline],
    asked: float,
    budget: int,
    count: int,
    following: int | None,
    waited: frozenset[tuple[str, str, str]],
    level: float,
) -> Look:
    """Return what is seen at a number of replications, after what was not precise at the look before."""
    before = [count - fewer for fewer in LOOK_AHEAD]
    widths = [(h, h.half_width(count, level), [h.half_width(n, level) for n in before]) for h in headlines]
    seen = [(h, now, max([now, *_numbers(then)])) for h, now, then in widths if not math.isnan(now)]
    waiting = frozenset(h.name for h, _, worst in seen if worst > asked)
    candidates = [s for s in seen if s[0].name in (waiting or waited)] or seen
    last, now, worst = max(candidates, key=lambda s: s[2], default=(None, math.nan, math.nan))
    return Look(asked, budget, count, following, last, now, worst, waiting)


def _numbers(values: Sequence[float]) -> list[float]:
    """Return what is a number; a measure without a value earlier on was not imprecise then."""
    return [value for value in values if not math.isnan(value)]
