"""Blocks of a scenario file about shocks: windows in which clocks stop, on given dates or drawn."""

from __future__ import annotations

from typing import Final

from pydantic import Field, field_validator, model_validator

from sim.resources import ClockName
from sim.spec import Date, Rate, Share, StatusBlock, TimeLaw, When, Whole, wrong

#: Windows that a sampled shock is compiled with where nobody asks for a number.
PATTERNS: Final = 16

_SAMPLED: Final = ("rate", "length", "months", "patterns")


class Shock(StatusBlock):
    """Windows in which clocks stop: one on given dates, or as many as a rate gives, of drawn lengths."""

    name: str
    from_: Date | None = Field(None, alias="from", description="fixed: first day of the window")
    to: Date | None = Field(None, description="fixed: last day of the window")
    rate: Rate | None = Field(None, description="sampled: windows that begin in a time, `0.3 /y`")
    length: TimeLaw | None = Field(None, description="sampled: natural days a window lasts")
    months: tuple[Whole, ...] | None = Field(
        None, description="sampled: months in which all of the year's windows begin (none = all)"
    )
    patterns: Whole | None = Field(
        None, ge=2, le=64, description="sampled: futures compiled, of which a replication draws one (16)"
    )
    stops: tuple[ClockName, ...] = ("site",)
    share_of_units: Share | None = Field(None, description="share of units hit (none = all)")
    exempt: When | None = None

    @field_validator("months")
    @classmethod
    def _in_year(cls, months: tuple[int, ...] | None) -> tuple[int, ...] | None:
        """Months of the year, each once."""
        if months is not None and (not months or not set(months) <= set(range(1, 13))):
            raise wrong("months from 1 to 12", "write `[6, 7, 8]`", ", ".join(map(str, months)) or "none")
        return months

    @model_validator(mode="after")
    def _either(self) -> Shock:
        """Refuse a shock that is neither fixed nor sampled, or both, or stops nature."""
        dates, drawn = [self.from_, self.to], [k for k in _SAMPLED if getattr(self, k) is not None]
        if self.sampled and (self.from_ is not None or self.to is not None):
            raise wrong("`from` and `to`, or `rate` and `length`", "take one pair out", "both")
        if self.sampled and (self.rate is None or self.length is None):
            raise wrong("`rate` and `length` together", "give both", " and ".join(f"`{k}`" for k in drawn))
        if not self.sampled and None in dates:
            raise wrong("`from` and `to`, or `rate` and `length`", "give the dates, or say how it is drawn")
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise wrong("`to` on or after `from`", "exchange the two dates", f"{self.from_} to {self.to}")
        if "natural" in self.stops or not self.stops:
            raise wrong("clocks that can stop: working, office, site", "take `natural` out of `stops`")
        return self

    @property
    def sampled(self) -> bool:
        """Whether its windows are drawn."""
        return any(getattr(self, key) is not None for key in _SAMPLED)

    @property
    def pattern_count(self) -> int:
        """Number of futures compiled: one of a fixed shock.

        Examples
        --------
        >>> Shock.model_validate({"name": "flood", "rate": "0.3 /y", "length": "10 d"}).pattern_count
        16
        """
        return (self.patterns or PATTERNS) if self.sampled else 1
