"""Reviews of a scenario as the engines' shared functions read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from sim.clocks import NEVER, date_of, minute_of
from sim.ledger import Ledger
from sim.model.arrays import Flags, Ints, Review
from sim.model.clockbook import ClockBook
from sim.model.frozen import frozen_flags, frozen_ints
from sim.model.projects import Projects
from sim.model.scalars import Numbers
from sim.quantities import Quantity, minutes
from sim.resources import DateRule, dates_of
from sim.scenario import Scenario

__all__ = ["ReviewDesk", "compile_reviews"]


@dataclass(frozen=True)
class ReviewDesk:
    """What compiling reviews needs.

    Parameters
    ----------
    scenario : Scenario
    ledger : Ledger
    projects : Projects
    numbers : Numbers
    book : ClockBook
    epoch : date
    horizon : int
    ladders : tuple of str
        Names of the compiled ladders, ``name@unit`` where they are divided.
    """

    scenario: Scenario
    ledger: Ledger
    projects: Projects
    numbers: Numbers
    book: ClockBook
    epoch: date
    horizon: int
    ladders: tuple[str, ...]

    def times(self, rule: DateRule | None) -> Ints:
        """Minutes of the dates of a rule; without one the first minute only."""
        if rule is None:
            return frozen_ints([0])
        last = date_of(self.horizon - 1, self.epoch)
        days = dates_of(rule, self.epoch, last, working=self.book.working)
        return frozen_ints([minute_of(day, self.epoch) for day in days])

    def due(self, milestone: int) -> Ints:
        """Minute planned for a milestone of each project, NEVER where nobody planned one."""
        planned = self.ledger.planned.get(self.scenario.milestone_names[milestone], ())
        found = np.full(len(self.projects.ids), NEVER, dtype=np.int64)
        pairs = zip(self.projects.row.tolist(), self.projects.candidate_month.tolist(), strict=True)
        for p, (row, month) in enumerate(pairs):
            if month < 0 and row < len(planned) and (day := planned[row]) is not None:
                found[p] = minute_of(day, self.epoch)
        return frozen_ints(np.clip(found, -NEVER, NEVER))

    def milestone(self, name: str | None) -> int:
        """Column of a milestone; by default the one that counts as starts, else the last."""
        names = self.scenario.milestone_names
        return names.index(name or self.scenario.counts.starts or names[-1])

    def phases(self, names: Sequence[str] | None) -> Flags:
        """Phases that end in one of the milestones; all if none is named."""
        return frozen_flags([names is None or name in names for name in self.scenario.milestone_names])

    def ladder_flags(self, names: Sequence[str] | None) -> Flags:
        """Compiled ladders of these names; all if none is given."""
        return frozen_flags([names is None or name.partition("@")[0] in names for name in self.ladders])


def compile_reviews(desk: ReviewDesk) -> tuple[Review, ...]:
    """Compile all reviews, in the order of the scenario."""
    rows = desk.projects.each()
    return tuple(_compiled(desk, block, rows) for block in desk.scenario.reviews)


def _compiled(desk: ReviewDesk, block: Any, rows: Sequence[Mapping[str, Any]]) -> Review:
    """Compile one review; keys that its rule does not have keep what means nothing."""
    milestone = desk.milestone(getattr(block, "milestone", None))
    given: dict[str, Any] = {key: getattr(block, key) for key in ("count", "front") if hasattr(block, key)}
    if block.rule == "reserve":
        given["count"] = block.least
    return Review(
        name=block.name,
        rule=block.rule,
        time=desk.times(getattr(block, "dates", None)),
        eligible=frozen_flags([block.of is None or block.of.holds(row) for row in rows]),
        milestone=milestone,
        due=desk.due(milestone),
        allowance=_whole(getattr(block, "due", None)),
        phases=desk.phases(getattr(block, "phases", None)),
        ladders=desk.ladder_flags(getattr(block, "ladders", None)),
        gain=desk.numbers.scalar(getattr(block, "gain", None)),
        times=desk.numbers.scalar(getattr(block, "times", None)),
        minutes=_whole(getattr(block, "after", None) or getattr(block, "period", None)),
        choose=getattr(block, "scope", getattr(block, "choose", "")),
        by_investment=getattr(block, "weigh", "count") == "investment",
        **given,
    )


def _whole(length: Quantity | None) -> int:
    """Whole minutes of a fixed time, 0 without one."""
    return 0 if length is None else round(minutes(length))
