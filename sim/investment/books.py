"""The books: true and reported money by month, project and group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.clocks import NEVER
from sim.investment.course import Course, block_of, share_done
from sim.quantities import YEAR_DAYS

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Minutes of a mean year.
YEAR = YEAR_DAYS * 1440

#: Cells (replication, project, month) worked on at once; about ten arrays of this length live together.
CELLS = 2_000_000


@dataclass(frozen=True)
class Budget:
    """What the projects cost, in 亿元; every array is (P,) or, where replications differ, (R, P).

    Parameters
    ----------
    total, early : float64
        B; L, the part booked when land is supplied (0 for a project without land).
    a, b : float64
        Shape of the share curve S.
    overrun : float64
        B' / B of projects under way at the base.
    booked : float64
        True C0 at the base, NaN = unknown.
    base : int or None
        Minute at which `booked` was booked; None = nothing is known (all projects from signing).
    """

    total: Floats
    early: Floats
    a: Floats
    b: Floats
    overrun: Floats
    booked: Floats
    base: int | None = None


@dataclass(frozen=True)
class Reporting:
    """How reported series differ from true ones.

    Parameters
    ----------
    lag : int
        Minutes.
    ahead : float or (R,) float64
        Money reported ahead, as a share.
    front : float or (R,) float64
        How much more is reported early in the year: at a share x of it 1 + front (1 - x)^2 times as much,
        so that a year's whole is unchanged.
    lean : float or (R,) float64
        Share of the year's report that follows the plan's even pace (序时进度), below 1; the rest follows the
        works. Of a project that left it stands still.
    dates : (D,) int64, optional
        First minutes after the cut-offs, rising: what is reported moves there only; None: every minute.
    """

    lag: int = 0
    ahead: Floats | float = 0.0
    front: Floats | float = 0.0
    lean: Floats | float = 0.0
    dates: Longs | None = None

    def shows(self, minutes: npt.ArrayLike) -> Longs:
        """Return the minute whose true state is reported at each minute: the last cut-off, `lag` before.

        Before the first cut-off that is known every minute is one.

        Examples
        --------
        >>> Reporting(5, dates=np.array([100, 200])).shows([50, 150, 199, 200]).tolist()
        [45, 95, 95, 195]
        """
        at = np.asarray(minutes, dtype=np.int64)
        if self.dates is not None:
            place = np.searchsorted(self.dates, at, side="right")
            at = np.where(place > 0, np.r_[0, self.dates][place], at)
        return np.asarray(at - self.lag, dtype=np.int64)

    def scale(self, replications: int) -> Floats:
        """1 + ahead of each replication."""
        return 1.0 + np.broadcast_to(np.asarray(self.ahead, dtype=np.float64), (replications,))

    def profile(self, at: npt.ArrayLike, year_start: int, replications: int) -> Floats:
        """How much more of the year's money is reported at each minute than at its end: (R, M).

        Examples
        --------
        >>> year = round(365.25 * 1440)
        >>> Reporting(front=1.0).profile([0, year // 2, year, 2 * year], 0, 1).round(2).tolist()
        [[2.0, 1.25, 1.0, 1.0]]
        """
        left = 1.0 - self.pace(np.atleast_1d(at), year_start)
        front = np.broadcast_to(np.asarray(self.front, dtype=np.float64), (replications,))
        return np.asarray(1.0 + front[:, None] * left**2, dtype=np.float64)

    def pace(self, at: npt.ArrayLike, year_start: int) -> Floats:
        """Share of the year that has passed by each minute, or by the last cut-off before it."""
        passed = (self.shows(at) + self.lag - year_start) / YEAR
        return np.asarray(np.clip(passed, 0.0, 1.0), dtype=np.float64)

    def leaning(self, plan: Floats, replications: int) -> Floats:
        """Share of a project's report that follows its plan (R, P): none where there is no plan."""
        lean = np.broadcast_to(np.asarray(self.lean, dtype=np.float64), (replications,))
        return np.asarray(lean[:, None] * (plan > 0), dtype=np.float64)

    def works(self, told: Floats, plan: Floats, at: int, year_start: int, replications: int) -> Floats:
        """Return the works of the year (R, P) behind what is reported of it at a minute; none below nought.

        Examples
        --------
        >>> half = round(YEAR / 2)
        >>> Reporting(lean=0.5).works(np.array([5.0, 1.0]), np.array([8.0, 8.0]), half, 0, 1).round(3)
        array([[6., 0.]])
        """
        factor = self.scale(replications)[:, None] * self.profile(at, year_start, replications)
        lean = self.leaning(plan, replications)
        found: Floats = (told / factor - lean * plan * self.pace(at, year_start)) / (1.0 - lean)
        return np.where(lean > 0, np.maximum(found, 0.0), found)


@dataclass(frozen=True)
class Invested:
    """The two series of a plan year, cumulative from its start, in 亿元.

    ``true`` and ``reported`` (R, G, M) at the month ends; ``year_true`` and ``year_reported`` (R, P) at
    the last of them; ``imputed`` (P,): C0 was not known.
    """

    true: Floats
    reported: Floats
    year_true: Floats
    year_reported: Floats
    imputed: Flags


def invested(budget: Budget, course: Course, at: npt.ArrayLike) -> Floats:
    """Work out the true money I(t) booked by each minute: (R, P, M) in 亿元.

    Examples
    --------
    >>> from sim.clocks import Clock
    >>> natural = Clock("natural", [-NEVER], [NEVER])
    >>> one = lambda t: np.array([[t]])
    >>> course = Course(one(5), one(10), one(30), one(NEVER), one(0), [natural], np.array([0]))
    >>> ones = np.ones(1)
    >>> budget = Budget(10 * ones, 2 * ones, ones, ones, ones, np.nan * ones)
    >>> invested(budget, course, [0, 5, 20, 30]).tolist()
    [[[0.0, 2.0, 6.0, 10.0]]]
    """
    minutes = np.atleast_1d(np.asarray(at, dtype=np.int64))
    base = minutes[:1] if budget.base is None else np.array([budget.base])
    x = share_done(course, np.concatenate([base, minutes]))
    s = _curve(budget, x)
    total, early = (np.broadcast_to(v, course.started.shape)[..., None] for v in (budget.total, budget.early))
    landed = (course.supplied < NEVER)[..., None] & (course.supplied[..., None] <= np.r_[base, minutes])
    plain = early * landed + (total - early) * s
    if budget.base is None:
        return np.asarray(plain[..., 1:], dtype=np.float64)
    under_way = course.started[..., None] <= budget.base
    known = np.broadcast_to(budget.booked, course.started.shape)[..., None]
    booked = np.where(np.isnan(known), np.where(under_way, total * s[..., :1], plain[..., :1]), known)
    overrun = np.broadcast_to(budget.overrun, course.started.shape)[..., None]
    final = np.where(under_way, total * overrun, total)
    # What is left is spent as the curve goes on from its base; a budget already passed books nothing more.
    path = np.where(under_way, s, np.divide(plain, total, out=np.zeros(plain.shape), where=total > 0))
    left = 1.0 - path[..., :1]
    share = np.divide(path[..., 1:] - path[..., :1], left, out=np.zeros(path[..., 1:].shape), where=left > 0)
    ahead = booked + np.maximum(final - booked, 0.0) * share
    # Before the base: as much of what is booked then as the course had done of what it has done then.
    part = np.divide(plain[..., 1:], plain[..., :1], out=np.ones(ahead.shape), where=plain[..., :1] > 0)
    return np.asarray(np.where(minutes < budget.base, booked * part, ahead), dtype=np.float64)


def _curve(budget: Budget, x: Floats) -> Floats:
    """S = BetaCDF(x; a, b); only cells between the ends are worked out."""
    from scipy.special import betainc  # noqa: PLC0415 - a run without money does not pay for it

    inside = (x > 0) & (x < 1)
    a, b = (np.broadcast_to(v, x.shape[:2])[..., None] for v in (budget.a, budget.b))
    s = x.copy()
    s[inside] = betainc(np.broadcast_to(a, x.shape)[inside], np.broadcast_to(b, x.shape)[inside], x[inside])
    return s


def measure(
    budget: Budget,
    course: Course,
    reporting: Reporting,
    ends: npt.ArrayLike,
    *,
    groups: Flags,
    year_start: int,
    year_to_date: Floats | None = None,
    plan: Floats | None = None,
) -> Invested:
    """Work out the true and the reported series of a plan year by month and group.

    Parameters
    ----------
    budget, course, reporting
    ends : (M,) int
        Month ends (first minute of the next month), rising.
    groups : (G, P) bool
        Which projects each sum covers; the plan's projects for a rate of the plan.
    year_start : int
        First minute of the plan year; counts from there where nothing is booked.
    year_to_date : (P,) float64, optional
        Reported money of the year up to the as-of date (``invested_this_year``); NaN = not known, the
        course tells. Of a year that begins after the base it says nothing and is not read.
    plan : (P,) float64, optional
        Money that the projects plan for the year, which reports lean to; 0 = none.

    Returns
    -------
    Invested
        Worked out in blocks of replications; whoever has so many that the arguments would fill memory gives
        `block_size` of them at a time.
    """
    last = np.atleast_1d(np.asarray(ends, dtype=np.int64))
    replications, projects = course.started.shape
    size = block_size(projects, len(last))
    so_far = np.full(projects, np.nan) if year_to_date is None else year_to_date
    scale = reporting.scale(replications)
    planned = np.zeros(projects) if plan is None else plan
    known = reporting.works(so_far, planned, 0, year_start, replications)
    shape = scale[:, None] * reporting.profile(last, year_start, replications)
    lean = reporting.leaning(planned, replications)[..., None]
    parts: list[tuple[Floats, Floats, Floats, Floats]] = []
    for start in range(0, replications, size):
        block = slice(start, start + size)
        real, told = _year_lines(
            _budget_block(budget, block), block_of(course, block), reporting, last, year_start, known[block]
        )  # fmt: skip
        told = (1.0 - lean[block]) * told
        if lean.any():
            stays = np.minimum(last, course.left[block, :, None])
            told += lean[block] * planned[:, None] * reporting.pace(stays, year_start)
        told *= shape[block, None]
        parts.append((_sums(groups, real), _sums(groups, told), real[..., -1], told[..., -1]))
    true, reported, year_true, year_reported = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Invested(true, reported, year_true, year_reported, imputed(budget, course))


def block_size(projects: int, months: int) -> int:
    """Return how many replications are measured at once."""
    return max(1, CELLS // (projects * (2 * months + 4)))


def _sums(groups: Flags, values: Floats) -> Floats:
    """Sum projects by group: (r, P, M) to (r, G, M)."""
    return np.asarray(np.einsum("gp,rpm->rgm", groups.astype(np.float64), values), dtype=np.float64)


def _year_lines(
    budget: Budget, course: Course, reporting: Reporting, ends: Longs, year_start: int, so_far: Floats
) -> tuple[Floats, Floats]:
    """Count true money since the year's start, at the ends, and at what is reported then: (r, P, M).

    `so_far` (r, P) is the true money from what is reported at the year's start to the base; where it is
    known both lines are moved to pass through it.
    """
    first = int(reporting.shows(year_start))
    base = first if budget.base is None else budget.base
    minutes = np.concatenate([[year_start, first, base], ends, reporting.shows(ends)])
    money = invested(budget, course, minutes)
    m, gap = len(ends), so_far - (money[..., 2] - money[..., 1])
    moved = np.nan_to_num(gap)[..., None] if base > first else 0.0
    return money[..., 3 : 3 + m] - money[..., :1] + moved, money[..., 3 + m :] - money[..., 1:2] + moved


def _budget_block(budget: Budget, block: slice) -> Budget:
    """Take a budget's rows for some replications; arrays without that axis stay."""
    names = ("total", "early", "a", "b", "overrun", "booked")
    rows = {n: getattr(budget, n)[block] for n in names if getattr(budget, n).ndim == 2}
    return replace(budget, **rows)


def imputed(budget: Budget, course: Course) -> Flags:
    """Projects under way at the base whose C0 is not known, so that B S(x0) stands for it."""
    shape = course.started.shape
    if budget.base is None:
        return np.zeros(shape[1], dtype=np.bool_)
    unknown = np.isnan(np.broadcast_to(budget.booked, shape))
    return np.asarray((unknown & (course.started <= budget.base)).any(axis=0), dtype=np.bool_)


def recovered(
    reported: Floats, reporting: Reporting, replications: int, *,
    this_year: Floats | None = None, works: Floats | None = None,
) -> Floats:  # fmt: skip
    """Recover the true C0 at T - lag from the reported ``invested_to_date``: (R, P).

    Parameters
    ----------
    reported : (P,) float64
    reporting : Reporting
    replications : int
    this_year : (P,) float64, optional
        ``invested_this_year``, part of it that is not reported as earlier years are; NaN: nothing.
    works : (R, P) float64, optional
        `Reporting.works` of that part.

    Examples
    --------
    >>> recovered(np.array([2.3, np.nan]), Reporting(lag=0, ahead=0.15), 1).round(6)
    array([[ 2., nan]])
    """
    scale = reporting.scale(replications)[:, None]
    if this_year is None or works is None:
        return np.asarray(reported / scale, dtype=np.float64)
    return np.asarray((reported - np.nan_to_num(this_year)) / scale + np.nan_to_num(works), dtype=np.float64)


def overruns(
    ids: Sequence[str], seed: int, replications: Sequence[int], ppf: Callable[[Floats], Floats]
) -> Floats:
    """Draw the overrun of each project by its own key: (R, P).

    Parameters
    ----------
    ids : sequence of str
    seed : int
    replications : sequence of int
    ppf : callable
        Inverse of the overrun's law.

    Examples
    --------
    >>> overruns(["a", "b"], 1, [0, 1], lambda u: np.ones_like(u)).shape
    (2, 2)
    """
    subject = philox.hash_names(ids)
    activity = np.full(len(subject), philox.hash_name("overrun"), dtype=np.uint64)
    drawn = [philox.uniforms(seed, r, subject, activity, 0, philox.OVERRUN)[:, 0] for r in replications]
    return np.asarray(ppf(np.stack(drawn)), dtype=np.float64)
