"""Reviews: dates on which those who govern look at what has happened, and act on it.

The one place where the state of a run feeds back. Each rule is a block of its own; what the rules do
stands in `sim.review.rules`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.quantities import Quantity, Unit
from sim.resources import DateRule
from sim.spec import FixedTime, Flag, Label, Number, Share, StatusBlock, When, Whole, wrong

__all__ = ["AnyReview", "Effort", "Escalate", "OpenClass", "Override", "Reserve", "Standing", "Visiting"]


class _Review(StatusBlock):
    """What all reviews share."""

    name: str = Field(min_length=1, description="name in messages")
    label: Label | None = Field(None, description="what people read")
    of: When | None = Field(None, description="projects it looks at and acts on (none = all)")


class _Dated(_Review):
    """A review on dates."""

    dates: DateRule = Field(description="what is ordered holds until the next of these dates")


class _Aimed(_Dated):
    """A review that looks at projects on the way to a milestone."""

    milestone: str | None = Field(None, description="default: the one that counts as starts, else the last")


class Effort(_Aimed):
    """Units are ranked by the milestones reached over those due; the first or last get things done faster."""

    rule: Literal["effort"] = Field(description="units ranked by milestones reached over milestones due")
    gain: Share = Field(description="part of the work saved in these units until the next date")
    scope: Literal["lagging", "leading"] = Field("lagging", description="which units act")
    count: Whole = Field(1, ge=1, description="units chosen")
    due: FixedTime = Field(
        Quantity(183.0, Unit("d")), description="due so long after signing, where the ledger has no plan"
    )
    weigh: Literal["count", "investment"] = Field(
        "count", description="what a project counts for in the rank"
    )
    phases: tuple[str, ...] | None = Field(None, description="milestones that end the phases it acts on")


class Visiting(_Aimed):
    """Projects are visited: the slowest, or those that show best."""

    rule: Literal["visit"] = Field(description="projects visited")
    choose: Literal["slowest", "showcase"] = Field("slowest", description="by activities ended over age")
    count: Whole = Field(ge=1, description="projects visited")
    gain: Share | None = Field(None, description="part of their work saved until the next date")
    front: Flag = Field(False, description="their requests go to the front of queues")
    phases: tuple[str, ...] | None = Field(None, description="milestones that end the phases it acts on")

    @model_validator(mode="after")
    def _does_something(self) -> Visiting:
        """Refuse a visit without any effect."""
        if self.gain is None and not self.front:
            raise wrong("`gain` or `front: true`", "say what a visit does", "neither")
        return self


class Escalate(_Dated):
    """Requests that have waited too long go to the front of their queue."""

    rule: Literal["escalate"] = Field(description="long waits go to the front")
    after: FixedTime = Field(description="waiting longer than this on the date")


class Reserve(_Aimed):
    """As many of the coming arrivals are signed as keep the reserve at so many times the latest starts."""

    rule: Literal["reserve"] = Field(description="arrivals follow the starts")
    times: Number = Field(description="reserve (signed, milestone not reached) over milestones of a period")
    period: FixedTime = Field(Quantity(91.0, Unit("d")), description="time looked back for the milestones")
    least: Whole = Field(1, ge=0, description="arrivals signed until the next date whatever the reserve")


class OpenClass(_Dated):
    """Solve one, open a class: a stop solved in a unit makes others of its ladder lighter there."""

    rule: Literal["class"] = Field(description="solve one, open a class")
    gain: Share = Field(description="part of the work on a rung saved until the next date")
    ladders: tuple[str, ...] | None = Field(None, description="default: all")


class Override(_Aimed):
    """One case, one meeting: the projects that wait longest jump all queues."""

    rule: Literal["override"] = Field(description="one case, one meeting")
    count: Whole = Field(ge=1, description="projects at most")


class Standing(_Review):
    """Officers, commissioners and leaders attached to projects throughout."""

    rule: Literal["standing"] = Field(description="people attached throughout")
    gain: Share = Field(description="part of the work saved")
    phases: tuple[str, ...] | None = Field(None, description="milestones that end the phases it acts on")


AnyReview = Annotated[
    Effort | Visiting | Escalate | Reserve | OpenClass | Override | Standing, Field(discriminator="rule")
]
