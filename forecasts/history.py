"""The ledger by month: one row a project, one absolute month a milestone, as known at a cut-off.

Statistics of the ledger work on this table and not on dates: a month is a whole number
(`forecasts.months`), an origin is the end of a month, and whatever happened or was reported later is
not in the table. `History.at` goes back to an earlier origin and knows no more than was known then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from forecasts.months import end_of, month_of
from sim.errors import Problems
from sim.ledger import Ledger, When, known_on
from sim.philox import hash_names

__all__ = ["NEVER", "UNDATED", "History", "history_from", "history_of"]

Months = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

#: Not reached (not reported, not planned, not left).
NEVER: Final = 2**30

#: Reached (or left) at a date nobody wrote down.
UNDATED: Final = -1


@dataclass(frozen=True)
class History:
    """Projects by month, as known at the end of the month `cutoff`.

    Parameters
    ----------
    cutoff : int
        Absolute month; everything dated and on record up to its end is known.
    milestones : tuple of str
        K names in order.
    ids : tuple of str
        P names.
    keys : (P,) uint64
        Hashes of `ids`: draws of a project are named by them.
    reached : (P, K) int32
        Absolute month; `NEVER` not reached, `UNDATED` reached at an unknown date.
    left : (P,) int32
        Month of withdrawal, refusal or expiry; `NEVER`, `UNDATED`.
    planned : (P, K) int32
        Planned month; `NEVER` without a plan.
    reported : (P, K) int32 or None
        Month of first report; `NEVER` not reported or not known. None: the ledger does not say.
    left_reported : (P,) int32 or None
    strata : (P,) int64
        Index into `stratum_names`: the kind of project.
    stratum_names : tuple of str
    groups : (P,) int64
        Index into `group_names`: county and kind.
    group_names : tuple of (str, str)
    covariates : mapping of str to (P,) array
        Numbers (NaN = empty) or words.
    first : int
        First month the ledger observed: no exposure before.
    """

    cutoff: int
    milestones: tuple[str, ...]
    ids: tuple[str, ...]
    keys: Words
    reached: Months
    left: Months
    planned: Months
    reported: Months | None
    left_reported: Months | None
    strata: Ints
    stratum_names: tuple[str, ...]
    groups: Ints
    group_names: tuple[tuple[str, str], ...]
    first: int
    covariates: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Count the projects."""
        return len(self.ids)

    def dated(self) -> npt.NDArray[np.bool_]:
        """Tell which milestones were reached in a known month, (P, K)."""
        return is_dated(self.reached)

    def counts(self, milestone: str, first: int, last: int) -> Ints:
        """Count the events of a milestone by month, both ends included.

        Examples
        --------
        >>> history = history_from(24003, ("a", "b"), [[24000, 24002], [24001, NEVER], [UNDATED, 24002]])
        >>> history.counts("b", 24001, 24003).tolist()
        [0, 2, 0]
        """
        month = self.reached[:, self.milestones.index(milestone)].astype(np.int64)
        inside = month[(month >= first) & (month <= last)]
        return np.bincount(inside - first, minlength=last - first + 1)

    def take(self, keep: npt.NDArray[Any]) -> History:
        """Give the history of some projects only (a mask or row numbers)."""
        rows = np.arange(len(self))[keep]
        return replace(
            self,
            ids=tuple(self.ids[i] for i in rows),
            keys=self.keys[rows],
            reached=self.reached[rows],
            left=self.left[rows],
            planned=self.planned[rows],
            reported=None if self.reported is None else self.reported[rows],
            left_reported=None if self.left_reported is None else self.left_reported[rows],
            strata=self.strata[rows],
            groups=self.groups[rows],
            covariates={name: column[rows] for name, column in self.covariates.items()},
        )

    def at(self, cutoff: int) -> History:
        """Give the history as known at an earlier cut-off, as `sim.ledger.known_on` gives a ledger.

        Covariates and planned dates stand as they are: the table has one version of them.

        Examples
        --------
        >>> history = history_from(24003, ("a", "b"), [[24000, 24002], [24003, NEVER]])
        >>> history.at(24001).reached[:, 1].tolist() == [NEVER]
        True
        """
        if cutoff > self.cutoff:
            raise ValueError(f"got the cut-off {cutoff}, expected at most {self.cutoff}: later is not known")
        hidden = _later(self.reached, self.reported, cutoff)
        reached = _cut(self.reached, hidden)
        left = np.where(_later(self.left, self.left_reported, cutoff), NEVER, self.left).astype(np.int32)
        was, known = (self.reached != NEVER).any(axis=1), (reached != NEVER).any(axis=1)
        declared = ~was & (self.planned[:, 0] != NEVER)
        cut = replace(
            self,
            cutoff=cutoff,
            reached=reached,
            left=left,
            reported=None if self.reported is None else _cap(self.reported, cutoff),
            left_reported=None if self.left_reported is None else _cap(self.left_reported, cutoff),
        )
        return cut.take(known | declared)


def is_dated(months: Months) -> npt.NDArray[np.bool_]:
    """Tell which cells hold a month."""
    return np.asarray((months != NEVER) & (months != UNDATED), dtype=np.bool_)


def _later(months: Months, reported: Months | None, cutoff: int) -> npt.NDArray[np.bool_]:
    """Tell which cells were not known at a cut-off: they happened later, or were reported later."""
    later = is_dated(months) & (months > cutoff)
    if reported is not None:
        later |= (months != NEVER) & (reported != NEVER) & (reported > cutoff)
    return later


def _cut(reached: Months, hidden: npt.NDArray[np.bool_]) -> Months:
    """Empty the hidden cells, and those at an unknown date that only a hidden later one vouches for."""
    cut = reached.copy()
    hides, shows = np.zeros(len(cut), dtype=bool), np.zeros(len(cut), dtype=bool)
    for k in reversed(range(cut.shape[1])):
        cell = cut[:, k]
        cell[hidden[:, k] | ((cell == UNDATED) & hides & ~shows)] = NEVER
        cell[(cell == NEVER) & shows] = UNDATED
        hides |= hidden[:, k]
        shows |= cell != NEVER
    return cut


def _cap(months: Months, cutoff: int) -> Months:
    return np.where(months > cutoff, NEVER, months).astype(np.int32)


def history_from(
    cutoff: int,
    milestones: Sequence[str],
    reached: npt.ArrayLike,
    *,
    ids: Sequence[str] | None = None,
    left: npt.ArrayLike | None = None,
    planned: npt.ArrayLike | None = None,
    reported: npt.ArrayLike | None = None,
    left_reported: npt.ArrayLike | None = None,
    strata: Sequence[str] | None = None,
    units: Sequence[str] | None = None,
    covariates: Mapping[str, npt.NDArray[Any]] | None = None,
    first: int | None = None,
) -> History:
    """Make a history from arrays, for data without a scenario.

    Parameters
    ----------
    cutoff : int
        Absolute month. Nothing dated or reported later may be in the arrays; `History.at` cuts a whole
        table, whose own cut-off is its last month.
    milestones : sequence of str
    reached : (P, K) int
        Absolute months, `NEVER` or `UNDATED`. An empty cell before a reached one is marked `UNDATED`.
    ids : sequence of str, optional
        Left out, the row numbers.
    left, left_reported : (P,) int, optional
    planned, reported : (P, K) int, optional
    strata : sequence of str, optional
        Kind of every project; left out, one for all.
    units : sequence of str, optional
        County of every project; left out, one for all.
    covariates : mapping of str to (P,) array, optional
    first : int, optional
        First month observed; left out, the earliest of the first milestone.

    Raises
    ------
    InputError
        Sizes that do not agree, an id twice, a month after the cut-off: all at once.
    """
    table = _cut(_months(reached, (-1, len(milestones))), np.zeros(np.shape(reached), dtype=bool))
    size = table.shape
    names = tuple(ids) if ids is not None else tuple(str(i) for i in range(size[0]))
    kinds = tuple(strata) if strata is not None else ("",) * size[0]
    places = tuple(units) if units is not None else ("",) * size[0]
    gone = _months(left, size[:1])
    problems = Problems()
    for what, column in (("ids", names), ("strata", kinds), ("units", places), *(covariates or {}).items()):
        if len(column) != size[0]:
            problems.add("history", what, len(column), f"{size[0]} cells", "give one for every project")
    if len(set(names)) != len(names):
        problems.add("history", "ids", "an id twice", "ids used once", "give each project one row")
    for what, months in (("reached", table), ("left", gone)):
        late = int((is_dated(months) & (months > cutoff)).sum())
        if late:
            problems.add("history", what, f"{late} months after {cutoff}", "none", "cut with History.at")
    problems.raise_if_any()
    stratum_names, stratum = np.unique(np.array(kinds, dtype=object), return_inverse=True)
    pairs = sorted(set(zip(places, kinds, strict=True)))
    place_of = {pair: i for i, pair in enumerate(pairs)}
    known = table[:, 0][is_dated(table[:, 0])]
    return History(
        cutoff=cutoff,
        milestones=tuple(milestones),
        ids=names,
        keys=hash_names(names),
        reached=table,
        left=gone,
        planned=_months(planned, size),
        reported=None if reported is None else _months(reported, size),
        left_reported=None if left_reported is None else _months(left_reported, size[:1]),
        strata=stratum.astype(np.int64),
        stratum_names=tuple(str(name) for name in stratum_names),
        groups=np.array([place_of[pair] for pair in zip(places, kinds, strict=True)], dtype=np.int64),
        group_names=tuple(pairs),
        first=first if first is not None else int(known.min(initial=cutoff)),
        covariates=dict(covariates or {}),
    )


def _months(cells: npt.ArrayLike | None, shape: tuple[int, ...]) -> Months:
    """Give months as an array; all `NEVER` where there are none."""
    if cells is None:
        return np.full(shape, NEVER, dtype=np.int32)
    return np.array(cells, dtype=np.int32).reshape(shape)


def history_of(
    ledger: Ledger,
    cutoff: int,
    *,
    milestones: Sequence[str] | None = None,
    kind: str = "kind",
    unit: str = "county",
    first: int | None = None,
) -> History:
    """Give the history of a ledger as known at the end of a month.

    Parameters
    ----------
    ledger : Ledger
        For a ledger with published extracts, the extract of that time: it is read with its as-of date.
    cutoff : int
        Absolute month.
    milestones : sequence of str, optional
        The milestones to take, in order; left out, all of the ledger.
    kind, unit : str
        Attributes that give the strata and, with the kind, the groups.
    first : int, optional
        First month observed; left out, the earliest of the first milestone.

    Returns
    -------
    History
        Projects with nothing known by then are not in it.

    Examples
    --------
    >>> from sim.ledger import from_rows
    >>> rows = [{"id": "a", "signed": date(2021, 1, 4), "started": date(2021, 5, 1), "kind": "new"}]
    >>> history = history_of(from_rows(rows, ("signed", "started")), month_of(date(2021, 3, 31)))
    >>> history.reached[0].tolist() == [month_of(date(2021, 1, 1)), NEVER], history.group_names
    (True, (('', 'new'),))
    """
    view = known_on(ledger, end_of(cutoff))
    names = tuple(milestones) if milestones is not None else view.milestones
    empty = (None,) * len(view)
    taken = set(view.columns) - {kind, unit}
    return history_from(
        cutoff,
        names,
        np.stack([_column(view.dates[name]) for name in names], axis=1),
        ids=view.ids,
        left=_column(view.withdrawn),
        planned=np.stack([_column(view.planned.get(name, empty)) for name in names], axis=1),
        reported=_reports(view, names),
        strata=view.text(kind),
        units=view.text(unit),
        covariates={name: np.array(view.columns[name]) for name in sorted(taken)},
        first=first,
    )


def _reports(view: Ledger, names: Sequence[str]) -> Months | None:
    """Give the months of first report; None where the ledger has no such column."""
    if not any(name in view.reported for name in names):
        return None
    empty = (None,) * len(view)
    return np.stack([_column(view.reported.get(name, empty)) for name in names], axis=1)


def _column(cells: Sequence[When]) -> Months:
    """Give the absolute months of a column of dates."""
    months = [NEVER if c is None else month_of(c) if isinstance(c, date) else UNDATED for c in cells]
    return np.array(months, dtype=np.int32)
