"""The `ranking:` block of a scenario: indicators of units, their weights, and how they become ranks."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, StrictFloat, StrictInt, field_validator, model_validator

from sim.spec import Flag, Label, Number, Share, StatusBlock, When, Whole, wrong


class Indicator(StatusBlock):
    """One indicator: a milestone counted, money, or values that are given."""

    label: Label | None = None
    weight: Number = Field(description="only proportions count; a range is drawn in every replication")
    milestone: str | None = Field(None, description="projects that reach it between 1 January and the end")
    money: Literal["year"] | None = Field(None, description="reported money of the year")
    given: dict[str, StrictFloat | StrictInt] | None = Field(
        None, description="unit -> value, for what is not simulated"
    )
    amount: str = Field("case", description="milestone: case, area, investment or another numeric attribute")
    per: Literal["plan", "members", "booked"] | None = Field(
        None, description="over what was planned for the year, over the unit's projects, over money of before"
    )
    of: When | None = Field(None, description="projects that count here")
    less: Flag = Field(False, description="less is better")

    @model_validator(mode="after")
    def _one(self) -> Indicator:
        """Ask for one kind of value, and for a denominator that goes with it."""
        kinds = [key for key in ("milestone", "money", "given") if getattr(self, key) is not None]
        if len(kinds) != 1:
            got = " and ".join(f"`{kind}`" for kind in kinds) or "none of them"
            raise wrong("one of `milestone`, `money` and `given`", "keep one", got)
        if self.amount != "case" and self.milestone is None:
            raise wrong("`milestone` beside `amount`", "take `amount` out", f"`{kinds[0]}`")
        allowed = {"milestone": ("plan", "members"), "money": ("plan", "booked"), "given": ()}[kinds[0]]
        if self.per is not None and self.per not in allowed:
            shown = " or ".join(f"`per: {word}`" for word in allowed) or "no `per`"
            raise wrong(f"{shown} with `{kinds[0]}`", "change it, or take `per` out", f"`per: {self.per}`")
        if self.per == "plan" and self.amount != "case":
            raise wrong("cases over planned cases", "take `amount` or `per` out", f"`amount: {self.amount}`")
        return self


class Bonus(StatusBlock):
    """Points on top of the score for every such project that reaches a milestone in the year."""

    milestone: str
    when: When | None = None
    points: Number
    most: Whole | None = Field(None, ge=0, description="projects that count at the most")


class Ranking(StatusBlock):
    """Units ranked by a weighted score of indicators."""

    of: When | None = Field(None, description="projects that count in every indicator")
    method: Literal["extreme", "efficacy", "zscore"] = Field(
        "extreme", description="100 z, 60 + 40 z with z = (x - min) / (max - min); 50 + 10 (x - mean) / sd"
    )
    constant: Literal["full", "none"] = Field(
        "full", description="score of all units in a column in which all are equal"
    )
    missing: Literal["drop", "worst"] = Field(
        "drop", description="a unit without a value: other weights make up the whole, or the worst score"
    )
    winsorise: StrictFloat | StrictInt = Field(
        0, ge=0, lt=0.5, description="share of the units pulled in to the quantile at either end; never drawn"
    )
    indicators: dict[str, Indicator] = Field(min_length=1)
    bonus: tuple[Bonus, ...] = ()


class Removal(StatusBlock):
    """Official removal from a list, once a year: the second column of its shares."""

    on: str = Field(description="month-day, `12-31`")
    when: When | None = Field(
        None, description="open projects that may be taken off; left out: those that have withdrawn"
    )
    share: Share | None = Field(None, description="share of them that is (none = all)")

    @field_validator("on")
    @classmethod
    def _every_year(cls, text: str) -> str:
        """Ask for a day that every year has."""
        try:
            date.fromisoformat(f"2023-{text}")
        except ValueError:
            raise wrong("a month and day of every year", 'write `"12-31"`') from None
        return text
