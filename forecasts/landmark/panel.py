"""A panel: the ledger as it stood at each of several cut-offs, as a keeper of monthly ledgers has it.

A ledger tells today's planned dates; only the ledgers of earlier months tell what was planned *then*, and
how often it was put off. Where there is but one ledger it is gone back in (`Panel.rewound`): milestones as
known then, planned dates as they stand now. The panel says which of the two it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.history import NEVER, UNDATED, History, history_of, is_dated
from forecasts.months import full_month
from sim.errors import Problems
from sim.ledger import Ledger

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """One row a project and cut-off, as known at that cut-off, and what became of it.

    Parameters
    ----------
    cutoff : (N,) int64
        Absolute month.
    project : (N,) int64
        Index into the ids of the panel.
    reached, planned : (N, K) int64
        As known at the cut-off: absolute month, `NEVER`, `UNDATED`.
    first_planned : (N, K) int64
        The first planned month any ledger up to the cut-off stated.
    watched : (N,) int64
        Months since the first ledger that has the project.
    stratum : (N,) object
    covariates : mapping of str to (N,) array
    event : (N, K) int64
        Month in which each milestone was reached as known at the *last* cut-off of the panel; `NEVER`.
    left : (N,) int64
        The same of leaving, for whatever reason.
    """

    cutoff: Ints
    project: Ints
    reached: Ints
    planned: Ints
    first_planned: Ints
    watched: Ints
    stratum: npt.NDArray[Any]
    covariates: Mapping[str, npt.NDArray[Any]]
    event: Ints
    left: Ints

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.cutoff)

    def take(self, keep: npt.NDArray[Any]) -> Rows:
        """Give some of the rows (a mask or row numbers)."""
        arrays = {name: value[keep] for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return replace(self, covariates={n: c[keep] for n, c in self.covariates.items()}, **arrays)


@dataclass(frozen=True)
class Panel:
    """Histories of one ledger at rising cut-offs.

    Parameters
    ----------
    histories : tuple of History
        Same milestones, cut-offs rising.
    restated : bool
        Whether planned dates are those of each cut-off; False where one ledger was gone back in.

    Raises
    ------
    InputError
        No history, cut-offs that do not rise, milestones that differ.
    """

    histories: tuple[History, ...]
    restated: bool = True

    def __post_init__(self) -> None:
        """Check that the histories are of one ledger."""
        problems = Problems()
        cutoffs = [history.cutoff for history in self.histories]
        if not cutoffs:
            problems.add("panel", "histories", "none", "at least one ledger", "give the monthly ledgers")
        if sorted(set(cutoffs)) != cutoffs:
            problems.add(
                "panel", "cutoff", cutoffs, "cut-offs that rise", "give one ledger a month, in order"
            )
        if len({history.milestones for history in self.histories}) > 1:
            problems.add(
                "panel", "milestones", "different ones", "the same in every ledger", "read them alike"
            )
        problems.raise_if_any()

    @classmethod
    def of_ledgers(
        cls, ledgers: Iterable[tuple[date, Ledger]], milestones: Sequence[str] | None = None
    ) -> Panel:
        """Make a panel of the ledgers of several dates, each up to its last full month.

        Of two ledgers with the same last full month the later counts.
        """
        by_month = {full_month(day): ledger for day, ledger in sorted(ledgers, key=lambda pair: pair[0])}
        return cls(tuple(history_of(led, month, milestones=milestones) for month, led in by_month.items()))

    @classmethod
    def rewound(cls, history: History, *, months: int = 60, step: int = 1) -> Panel:
        """Go back in one ledger: cut-offs every `step` months, at most `months` back.

        Notes
        -----
        Planned dates and covariates are those of today: a plan put off since then looks as if it had
        always been so, which flatters it. `Panel.restated` is False.

        Examples
        --------
        >>> from forecasts.history import history_from
        >>> history = history_from(24006, ("a", "b"), [[24000, 24005], [24001, NEVER]])
        >>> [h.cutoff for h in Panel.rewound(history, step=2).histories]
        [24000, 24002, 24004, 24006]
        """
        first = max(history.first, history.cutoff - months)
        cutoffs = range(history.cutoff, first - 1, -step)
        return cls(tuple(history.at(cutoff) for cutoff in reversed(cutoffs)), restated=False)

    @property
    def milestones(self) -> tuple[str, ...]:
        """Names, K of them."""
        return self.histories[0].milestones

    @property
    def cutoff(self) -> int:
        """The last cut-off."""
        return self.histories[-1].cutoff

    @property
    def step(self) -> int:
        """Months between one cut-off and the next (the usual number)."""
        gaps = np.diff([history.cutoff for history in self.histories])
        return int(np.median(gaps)) if len(gaps) else 1

    def until(self, cutoff: int) -> Panel:
        """Give the panel as it was kept by then: nothing of a later ledger."""
        return replace(self, histories=tuple(h for h in self.histories if h.cutoff <= cutoff))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Every project of any ledger, as first met."""
        return tuple(dict.fromkeys(i for history in self.histories for i in history.ids))

    @cached_property
    def rows(self) -> Rows:
        """Every project at every cut-off at which it had not left."""
        place = {name: i for i, name in enumerate(self.ids)}
        watch = _Watch.empty(len(place), len(self.milestones))
        parts = []
        for history in self.histories:
            index = np.array([place[name] for name in history.ids], dtype=np.int64)
            watch.see(index, history)
            parts.append(watch.rows(index, history))
        watch.close([history.cutoff for history in self.histories])
        names = set.intersection(*(set(part.covariates) for part in parts))
        merged = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in vars(parts[0])
            if name != "covariates"
        }
        rows = Rows(
            **merged, covariates={n: np.concatenate([p.covariates[n] for p in parts]) for n in sorted(names)}
        )
        return replace(rows, event=watch.event[rows.project], left=watch.left[rows.project])


@dataclass
class _Watch:
    """What the ledgers so far tell of every project."""

    event: Ints
    left: Ints
    first_planned: Ints
    first_seen: Ints
    last_seen: Ints

    @classmethod
    def empty(cls, projects: int, milestones: int) -> _Watch:
        one, many = (projects,), (projects, milestones)
        return cls(*(np.full(size, NEVER, dtype=np.int64) for size in (many, one, many, one, one)))

    def see(self, index: Ints, history: History) -> None:
        """Take in a ledger; a date it corrects is corrected, one it takes back is taken back."""
        self.event[index] = _dated(history.reached, self.event[index], history.cutoff)
        self.left[index] = _dated(history.left, self.left[index], history.cutoff)
        old = self.first_planned[index]
        self.first_planned[index] = np.where(old == NEVER, history.planned, old)
        self.first_seen[index] = np.minimum(self.first_seen[index], history.cutoff)
        self.last_seen[index] = history.cutoff

    def rows(self, index: Ints, history: History) -> Rows:
        """Give the rows of one ledger; what became of them is filled in at the end."""
        stratum = np.array(history.stratum_names, dtype=object)[history.strata]
        rows = Rows(
            cutoff=np.full(len(index), history.cutoff, dtype=np.int64),
            project=index,
            reached=history.reached.astype(np.int64),
            planned=history.planned.astype(np.int64),
            first_planned=self.first_planned[index],
            watched=history.cutoff - self.first_seen[index],
            stratum=stratum,
            covariates=history.covariates,
            event=self.event[index],
            left=self.left[index],
        )
        return rows.take(history.left == NEVER)

    def close(self, cutoffs: Sequence[int]) -> None:
        """Count a project that is in the ledger no more as left, at the first ledger without it."""
        after = dict(zip(cutoffs, [*cutoffs[1:], NEVER], strict=True))
        missed = np.array([after[int(seen)] for seen in self.last_seen], dtype=np.int64)
        gone = (self.left == NEVER) & (self.event[:, -1] == NEVER)
        self.left = np.where(gone, missed, self.left)


def _dated(months: npt.NDArray[np.int32], before: Ints, cutoff: int) -> Ints:
    """Date what a ledger gives no date for by the first ledger that has it."""
    found = np.where((months == UNDATED) & (before == NEVER), cutoff, before)
    return np.where(is_dated(months), months, np.where(months == NEVER, NEVER, found)).astype(np.int64)
