"""The scenario file, type by type: what may stand where, in which unit, and what is left out means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from sim.items import mean_of
from sim.ledger.format import LedgerFormat
from sim.quantities import clock_of_unit
from sim.reforms import Adopted, Reform
from sim.resources import ClockName, Owner, Resource, Rung
from sim.scenario.item_rules import Commitment, Consolidation, Lapse, Split, Tolerance
from sim.scenario.limits import Limits, Pauses
from sim.scenario.measures import Arrivals, Compare, Counts, Investment, ListSpec, Ramp, Reporting
from sim.scenario.ranking import Ranking
from sim.scenario.reviews import AnyReview
from sim.scenario.shocks import Shock
from sim.score import SCORE, Score
from sim.spec import (
    AnyParameter,
    Block,
    Date,
    Flag,
    Label,
    Number,
    Rate,
    Share,
    StatusBlock,
    Time,
    TimeLaw,
    TimeLaws,
    When,
    Whole,
    wrong,
)

#: Attributes every ledger has; a scenario adds its own under `attributes:`.
TEXT_ATTRIBUTES: Final = ("county", "kind", "key_level", "land_route", "land_state", "year_class")
NUMBER_ATTRIBUTES: Final = (
    "area", "investment", "plan_this_year", "invested_to_date", "invested_this_year",
)  # fmt: skip

_HOURS: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")


class Slow(Block):
    """A season in which the site works on some days only (`open: 3, of: 5`)."""

    from_: str = Field(alias="from", description="month-day, `11-15`")
    to: str = Field(description="month-day, `03-15`")
    open: Whole = Field(ge=0, description="working days on which the site is open ...")
    of: Whole = Field(ge=1, le=366, description="... out of so many")

    @field_validator("from_", "to")
    @classmethod
    def _month_day(cls, text: str) -> str:
        """Hold a month-day against the calendar."""
        try:
            date.fromisoformat(f"2024-{text}")
        except ValueError:
            raise wrong("a month and day", 'write `"11-15"`') from None
        return text

    @model_validator(mode="after")
    def _part(self) -> Slow:
        """No more open days than days."""
        if self.open > self.of:
            raise wrong("`open` no greater than `of`", "write `open: 3, of: 5`", f"{self.open} of {self.of}")
        return self


class Window(Block):
    """A span of dates, both included."""

    from_: Date = Field(alias="from")
    to: Date

    @model_validator(mode="after")
    def _order(self) -> Window:
        """Refuse a window that ends before it begins."""
        if self.to < self.from_:
            raise wrong("`to` on or after `from`", "exchange the two dates", f"{self.from_} to {self.to}")
        return self


class Site(Block):
    """What stops or slows the site clock."""

    slow: tuple[Slow, ...] = ()
    stops: tuple[Window, ...] = ()


class Calendar(Block):
    """Working days and hours."""

    country: Literal["CN", "UK", "none"] = "CN"
    hours: tuple[str, ...] = Field(
        ("09:00-12:00", "13:00-17:00"), description="office hours of a working day"
    )
    site: Site = Site()

    @field_validator("hours")
    @classmethod
    def _rising(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        """Office hours are spans in rising order."""
        ends = [end for span in hours for end in span.split("-")]
        if not hours or not all(_HOURS.fullmatch(span) for span in hours) or ends != sorted(set(ends)):
            remedy = 'write `["09:00-12:00", "13:00-17:00"]`'
            raise wrong("spans of hours in rising order", remedy, ", ".join(hours))
        return hours


class AttributeSpec(Block):
    """A column of the ledger that the scenario uses beyond the standard ones."""

    type: Literal["text", "number"] = "text"
    label: Label | None = None


class Milestone(Block):
    """A milestone: the end of one activity; the first is the entry and has none."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str | None = None
    en: str | None = None
    activity: str | None = Field(None, description="its end is the milestone; none for the first")
    applies_if: When | None = None


class Catalogue(StatusBlock):
    """Approval items in a data file, and what all of them share."""

    file: str
    days: Literal["statutory", "promised"] = "statutory"
    law: Mapping[str, Any] = Field({"law": "constant"}, description="law of the work without its mean")
    prepare: TimeLaws | None = None
    correct: TimeLaws | None = None
    rework: TimeLaws | None = None
    returned: Share | None = None
    refused: Share | None = None
    max_rounds: Whole = Field(3, ge=1, le=50)
    offices: dict[str, str] = Field(default_factory=dict, description="department_en -> resource")
    owner: Owner = "government"

    @field_validator("law")
    @classmethod
    def _shape(cls, law: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask for a law that is whole once a column gives its mean."""
        remedy = "write `{law: lognormal, sigma: $sigma}`; the mean comes from the column"
        key = mean_of(law)
        if key is None or key in law or "median" in law:
            raise wrong("a law without its mean: constant, exponential, lognormal or gamma", remedy)
        try:
            TimeLaw.model_validate({"law": "constant", **law, key: "1 wd"})
        except ValidationError as error:
            context = error.errors()[0].get("ctx", {})
            raise wrong(context.get("expected", "a law"), remedy, context.get("got")) from None
        return law


class Mode(StatusBlock):
    """How approvals run."""

    approval: Literal["serial", "parallel", "pre-review"] = "parallel"
    serial_fraction: Share | None = Field(
        None, description="serial: probability of each chain arc (none = 1)"
    )


class PreReview(StatusBlock):
    """Items reviewed beside land and converted when land closes."""

    convert: TimeLaw
    void: Share | None = Field(None, description="share of converted items that run again")
    land: str = Field(description="activity whose end converts")
    filing: str = Field(description="activity after which pre-review begins")
    permit: str = Field(description="activity that converts after all others")


class Stops(StatusBlock):
    """Stoppages of one activity."""

    rate: Rate = Field(description="stoppages per own time of work")
    ladder: str
    max: Whole = Field(ge=0, le=50)


class Activity(StatusBlock):
    """One kind of step of a project."""

    label: Label | None = None
    after: tuple[str, ...] = ()
    after_by: dict[str, dict[str, tuple[str, ...]]] = Field(
        default_factory=dict, description="attribute -> value -> predecessors instead of `after`"
    )
    after_add: tuple[str, ...] = Field((), description="predecessors beside those of the catalogue")
    applies_if: When | None = None
    share: Share | None = Field(None, description="share of projects to which it applies (none = all)")
    flag: str | None = Field(None, description="activities with one flag apply together")
    clock: ClockName | None = Field(None, description="default: clock of the unit of `work`")
    prepare: TimeLaws | None = Field(None, description="applicant time before the first visit")
    work: TimeLaws | None = Field(None, description="left out: no time")
    correct: TimeLaws | None = Field(None, description="applicant time before later visits")
    rework: TimeLaws | None = Field(None, description="work of later visits; left out: as `work`")
    returned: Share | None = None
    refused: Share | None = None
    max_rounds: Whole = Field(3, ge=1, le=50)
    resource: str | None = None
    amount: str = Field("case", description="case, area, investment or another numeric attribute")
    releases_at: str | None = Field(None, description="pool: activity at whose end the amount is given back")
    pre_review: Flag = False
    tolerate: Flag = False
    owner: Owner = "government"
    stops: Stops | None = None
    split: Split | None = Field(None, description="done in two parts")
    scaled: Flag = True
    limit: Time | None = Field(None, description="working days the office has; items: the days in force")
    pauses: Pauses | None = Field(None, description="parts of `work` in which the statutory clock stops")

    @property
    def clock_name(self) -> ClockName:
        """Clock of the work: as given, or the one its unit belongs to (natural without work).

        Examples
        --------
        >>> Activity.model_validate({"work": "20 wd"}).clock_name
        'working'
        """
        if self.clock is not None:
            return self.clock
        return next((clock for c in self.work or () if (clock := clock_of_unit(c.law.unit))), "natural")

    def predecessors(self, attributes: Mapping[str, Any]) -> tuple[str, ...]:
        """Names that must end before, for a project with these attributes (each once, in order).

        Examples
        --------
        >>> lup = Activity.model_validate(
        ...     {"after": ["LND"], "after_by": {"land_route": {"allocated": ["PRE"]}}, "after_add": ["X"]})
        >>> lup.predecessors({"land_route": "allocated"})
        ('PRE', 'X')
        """
        names = self.after
        for attribute, by_value in self.after_by.items():
            names = by_value.get(str(attributes.get(attribute, "")), names)
        return tuple(dict.fromkeys(names + self.after_add))


class Sd(StatusBlock):
    """Size of a common factor."""

    sd: Number


class CommonFactor(StatusBlock):
    """Work that joins in a month takes exp(-x) times its length, x autoregressive."""

    city: Sd | None = None
    county: Sd | None = None
    rho: Share | None = Field(None, description="autocorrelation from month to month")
    phases: tuple[str, ...] | None = Field(None, description="milestones that end the phases it acts on")


class Spec(Block):
    """A whole scenario file, merged and read; `sim.scenario.read.Scenario` adds where it came from."""

    version: Literal[1] = Field(alias="schema", description="version of this format")
    name: str = Field(min_length=1)
    title: Label | None = None
    synthetic: Flag = Field(False, description="projects are made up; every output says so")
    extends: str | None = Field(None, description="one parent: a shipped name or a path")
    defaults: StatusBlock = Field(StatusBlock(), description="status and source where nothing nearer says")
    calendar: Calendar = Calendar()
    ledger: str | None = None
    ledger_format: LedgerFormat | None = Field(None, description="how to read a ledger with other columns")
    plan: str | None = None
    as_of: Date | None = None
    until: Date | None = None
    units: str = Field("county", description="attribute that names the unit")
    attributes: dict[str, AttributeSpec] = Field(default_factory=dict)
    labels: dict[str, dict[str, Label]] = Field(
        default_factory=dict, description="attribute -> value -> what people read for it"
    )
    milestones: tuple[Milestone, ...] = Field(min_length=2, max_length=30)
    counts: Counts = Counts()
    compare: Compare | None = None
    named_parameters: dict[str, AnyParameter] = Field(
        default_factory=dict, alias="parameters", description="numbers used as `$name`"
    )
    catalogue: Catalogue | None = None
    mode: Mode = Mode()
    pre_review: PreReview | None = None
    tolerance: Tolerance | None = None
    commitment: Commitment | None = Field(None, description="items approved on a promise")
    consolidation: Consolidation | None = Field(None, description="items done together, items cut")
    lapse: Lapse | None = Field(None, description="the term of a permit")
    limits: Limits = Field(Limits(), description="legal limits of items and what stops their clock")
    activities: dict[str, Activity] = Field(default_factory=dict)
    resources: dict[str, Resource] = Field(default_factory=dict)
    ladders: dict[str, tuple[Rung, ...]] = Field(default_factory=dict)
    withdrawal: dict[str, TimeLaws] = Field(
        default_factory=dict, description="patience from that milestone while it is the highest"
    )
    common_factor: CommonFactor | None = None
    shocks: tuple[Shock, ...] = ()
    reviews: tuple[AnyReview, ...] = Field((), description="dates on which the state of a run feeds back")
    arrivals: Arrivals | None = None
    investment: Investment | None = None
    reporting: Reporting | None = None
    ramp: Ramp | None = None
    lists: tuple[ListSpec, ...] = ()
    ranking: Ranking | None = None
    score: Score | None = None
    reforms: dict[str, Reform] = Field(default_factory=dict)
    adopted: tuple[Adopted, ...] = ()

    @property
    def milestone_names(self) -> tuple[str, ...]:
        """Names of the milestones, in order."""
        return tuple(milestone.name for milestone in self.milestones)

    @property
    def number_attributes(self) -> tuple[str, ...]:
        """Attributes that are numbers."""
        own = (name for name, spec in self.attributes.items() if spec.type == "number")
        return (*NUMBER_ATTRIBUTES, *own, *((SCORE,) if self.score is not None else ()))

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """Every attribute a condition may look at."""
        return tuple(dict.fromkeys((*TEXT_ATTRIBUTES, *self.number_attributes, *self.attributes)))
