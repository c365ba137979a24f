"""The columns of the landmark regression: what a ledger says of a project, and how far ahead one looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts.history import NEVER
from forecasts.landmark.panel import Rows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Months before a planned date beyond which it says no more; after it, it says what it said on its day.
_FAR: Final = 24

#: Ages (months) beyond which a project counts as this old; the age taken where no date is known.
_OLD: Final = 60
_UNKNOWN_AGE: Final = 12

#: Words of a covariate: at most so many, each on so many rows at least.
_WORDS: Final = 12
_ROWS: Final = 20

#: Least months over which slips of the planned date are spread, so that one early slip is no habit.
_WATCHED: Final = 12


@dataclass(frozen=True)
class Design:
    """Which columns there are.

    Parameters
    ----------
    milestone, promise : int
        Index of the milestone forecast, and of the one whose planned date counts.
    step : int
        Months in a period.
    numbers : tuple of (str, float)
        Covariates that are numbers, and what an empty cell is taken for.
    words : tuple of (str, str)
        Covariate (``""``: the stratum) and one of its words.
    plan_only : bool
        Only the planned date: the rival the others are measured against.
    """

    milestone: int
    promise: int
    step: int
    numbers: tuple[tuple[str, float], ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    plan_only: bool = False

    @classmethod
    def of(
        cls, rows: Rows, milestone: int, promise: int, step: int, covariates: Sequence[str] = ()
    ) -> Design:
        """Look at the rows a model is trained on: which numbers and words they have."""
        numbers: list[tuple[str, float]] = []
        words = [("", word) for word in _common(rows.stratum)]
        for name in covariates:
            cells = rows.covariates.get(name)
            if cells is None:
                continue
            if np.issubdtype(cells.dtype, np.number):
                known = cells[np.isfinite(cells)]
                numbers += [(name, float(np.median(known)))] if len(known) else []
            else:
                words += [(name, word) for word in _common(cells)]
        return cls(milestone, promise, step, tuple(numbers), tuple(words))

    @property
    def causes(self) -> tuple[str, ...]:
        """What each column is about, F long; ``horizon`` is no cause."""
        if self.plan_only:
            return ("horizon", "planned_date", "planned_date", "planned_date")
        stages = ["stage_reached"] * (max(self.milestone - 1, 0) + 1)
        names = [name for name, _ in self.numbers] + [name or "kind" for name, _ in self.words]
        first = ("horizon", "planned_date", "planned_date", "planned_date")
        return (*first, *stages, "planned_date", "time_waiting", "slips_so_far", *names)

    def columns(self, rows: Rows, period: Ints) -> Floats:
        """Give the columns of rows looked at so many periods ahead, (N, F).

        Parameters
        ----------
        rows : Rows
        period : (N,) int64
            1: the period after the cut-off.
        """
        ahead = np.log(period.astype(np.float64))
        planned = rows.planned[:, self.promise]
        has_plan = planned != NEVER
        late = np.where(has_plan, rows.cutoff + period * self.step - planned, 0)
        to_plan = np.clip(late, -_FAR, 0) / 12.0
        plan = [ahead, to_plan, np.maximum(to_plan + 0.5, 0.0) * has_plan, has_plan.astype(np.float64)]
        if self.plan_only:
            return np.stack(plan, axis=1)
        reached = (rows.reached[:, : self.milestone] != NEVER).astype(np.float64)
        share = reached.mean(axis=1) if self.milestone else np.zeros(len(rows))
        columns = [*plan, *reached[:, 1:].T, share * ahead, share * to_plan]
        columns += [np.log1p(self._age(rows)), self._slips(rows)]
        for name, empty in self.numbers:
            cells = np.nan_to_num(rows.covariates[name].astype(np.float64), nan=empty)
            columns.append(np.log1p(np.maximum(cells, 0.0)))
        for name, word in self.words:
            cells = rows.covariates[name] if name else rows.stratum
            columns.append((cells == word).astype(np.float64))
        return np.stack(columns, axis=1)

    def _age(self, rows: Rows) -> Floats:
        """Months since the last milestone that was reached."""
        reached = rows.reached[:, : max(self.milestone, 1)]
        dated = np.where((reached >= 0) & (reached <= rows.cutoff[:, None]), reached, -1).max(axis=1)
        age = np.where(dated >= 0, rows.cutoff - dated, _UNKNOWN_AGE)
        return np.clip(age, 0, _OLD).astype(np.float64)

    def _slips(self, rows: Rows) -> Floats:
        """Months by which the planned date was put off, a month watched."""
        now, first = rows.planned[:, self.promise], rows.first_planned[:, self.promise]
        put_off = np.where((now != NEVER) & (first != NEVER), now - first, 0)
        return np.asarray(np.clip(put_off / np.maximum(rows.watched, _WATCHED), -1.0, 1.5))


def _common(cells: npt.NDArray[np.generic]) -> list[str]:
    """Words that are common enough, without the commonest, which all are compared with."""
    words, counts = np.unique(cells.astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_WORDS]
    return [str(words[i]) for i in order if counts[i] >= _ROWS][1:]
