"""Blocks of a scenario file about legal limits: which days bind, and what stops their clock."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from sim.spec import Block, TimeLaws

ClockStop = Literal["correction", "publicity", "expert_review"]
#: What can stop the statutory clock, in the order of the bits of a case.
CLOCK_STOPS: Final[tuple[ClockStop, ...]] = ("correction", "publicity", "expert_review")


class Pauses(Block):
    """Parts of an item's work that are no working time of the office."""

    publicity: TimeLaws | None = Field(None, description="time on public display, part of `work`")
    expert_review: TimeLaws | None = Field(None, description="time with outside experts, part of `work`")


class Limits(Block):
    """Legal limits of items, and what stops their clock."""

    column: Literal["statutory", "promised"] | None = Field(
        None, description="column of the catalogue that limits its items (none = `catalogue.days`)"
    )
    stops: tuple[ClockStop, ...] = Field(CLOCK_STOPS, description="what is taken off an office's time")
