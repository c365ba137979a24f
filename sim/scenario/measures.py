"""Blocks of a scenario file about what is measured: counts, cohorts, arrivals, money, lists."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from sim.resources import DateRule
from sim.scenario.ranking import Removal
from sim.spec import Block, Date, Number, NumberLaw, Rate, Share, StatusBlock, Tilt, Time, When, Whole, wrong


class Counts(Block):
    """Which milestones the plan's measures count; further names are allowed (`consents: consent`)."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, str] = Field(init=False)

    starts: str | None = None
    completions: str | None = None
    productions: str | None = None

    @property
    def by_measure(self) -> dict[str, str]:
        """Milestone of every measure that is given, the further ones included.

        Examples
        --------
        >>> Counts.model_validate({"starts": "started", "consents": "consent"}).by_measure
        {'starts': 'started', 'consents': 'consent'}
        """
        return {name: milestone for name, milestone in self.model_dump().items() if milestone is not None}


class Compare(Block):
    """Default cohort and span of `compare`."""

    cohort: When | None = None
    to: str
    start: str


class Arrivals(StatusBlock):
    """Projects signed after the as-of date."""

    rate: Rate
    like: When | None = Field(None, description="class whose attributes are resampled (none = all)")


class Curve(StatusBlock):
    """Share of the money booked at a share of the construction time: BetaCDF(x; a, b)."""

    when: When | None = None
    a: Number
    b: Number


def _curves(raw: Any) -> Any:
    """Read one curve as a list of cases."""
    return raw if isinstance(raw, (list, tuple)) else [raw]


class Investment(StatusBlock):
    """How money is booked."""

    land_share: Share | None = Field(None, description="share of the budget booked with the land")
    curve: Annotated[tuple[Curve, ...], BeforeValidator(_curves)] = Field(min_length=1)
    overrun: NumberLaw | None = None
    from_: str = Field(alias="from", description="milestone at which construction begins")
    to: str = Field(description="milestone at which it ends")
    land_at: str | None = Field(None, description="milestone at which `land_share` is booked")


class Reporting(StatusBlock):
    """How reported money differs from true money."""

    lag: Time | None = None
    ahead: Share | None = Field(None, description="reported ahead of physical work, as a share")
    front: Tilt | None = Field(None, description="at a share x of the year 1 + front (1 - x)^2 times as much")
    lean: Share | None = Field(
        None, description="share of the year's report that follows the plan's even pace, below 1"
    )
    dates: DateRule | None = Field(None, description="cut-offs: reported series move on these days only")

    @model_validator(mode="after")
    def _works(self) -> Reporting:
        """Refuse reports that follow the plan alone: nothing could be learnt of the works from them."""
        if self.lean is not None and max(self.lean.value, self.lean.high or 0.0) >= 1:
            raise wrong("`lean` below 1", "leave a part of the report to the works", str(self.lean.value))
        return self


class Ramp(StatusBlock):
    """Output share after production starts."""

    g: Number
    threshold: Share


class ListSpec(Block):
    """The sign, start or production list of one period."""

    name: str
    kind: Literal["sign", "start", "production"]
    event: Date
    cutoff: Date
    eligible: When | None = None
    size: Whole | None = Field(None, ge=0)
    from_: str | None = Field(
        None, alias="from", description="list of the period before that this one is turned over from"
    )
    removal: Removal | None = Field(None, description="official removal, once a year")

    @model_validator(mode="after")
    def _order(self) -> ListSpec:
        """Refuse a list that closes after its event."""
        if self.event < self.cutoff:
            got = f"cutoff {self.cutoff}, event {self.event}"
            raise wrong("`cutoff` on or before `event`", "exchange the two dates", got)
        return self
