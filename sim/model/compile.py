"""From a scenario and a ledger to the model: `compile_model`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.clocks import NEVER, date_of, minute_of
from sim.errors import Problems
from sim.ledger import Ledger
from sim.ledger.view import known_on
from sim.model.arrays import ArrivalPool, Ints, Model, Review
from sim.model.cases import Setting, compile_cases, compile_limits, compile_rules
from sim.model.classes import Classes
from sim.model.clockbook import ClockBook, month_minutes, table_span
from sim.model.events import compile_events
from sim.model.frozen import frozen_flags, frozen_ints
from sim.model.known import check_amounts, compile_known
from sim.model.lawrows import Laws
from sim.model.noderow import Names
from sim.model.projects import Projects, list_projects, model_attributes, with_scores
from sim.model.resources import Desks, LadderBook, compile_resources
from sim.model.reviews import ReviewDesk, compile_reviews
from sim.model.scalars import Numbers
from sim.model.sheet import Sheet, make_sheet
from sim.model.windows import windows_of
from sim.provenance import content_hash
from sim.scenario import Scenario

#: A comparison runs until everybody is through; a forecast at least so many months.
COMPARE_YEARS: int = 20
FORECAST_MONTHS: int = 24
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """When a run begins and ends.

    Parameters
    ----------
    epoch : date
        Minute 0.
    horizon : int
        First minute in which nothing happens any more.
    as_of : date or None
    """

    epoch: date
    horizon: int
    as_of: date | None

    @property
    def last(self) -> date:
        """Last day of the run."""
        return date_of(self.horizon - 1, self.epoch)


def compile_model(
    scenario: Scenario,
    ledger: Ledger,
    *,
    as_of: date | None = None,
    until: date | None = None,
    horizon_months: int | None = None,
    cohort: Collection[str] | None = None,
    arrivals: bool = True,
) -> Model:
    """Compile everything a run needs into read-only arrays.

    Parameters
    ----------
    scenario : Scenario
        With `adopted` in force, every project follows the grandfathered reforms of its signing date.
    ledger : Ledger
    as_of : date, optional
        A forecast: what the ledger knows by that day is the past, the next day is minute 0. Left out, a
        comparison: only signing dates are used, the earliest is minute 0.
    until : date, optional
        Last day wanted. A forecast runs to it or 24 months, whichever is later; without an as-of date
        the run ends there (default: 20 years).
    horizon_months : int, optional
        Length of the run instead.
    cohort : collection of str, optional
        Ids of the projects that take part; default: all of the ledger.
    arrivals : bool
        Whether projects signed later are sampled (forecasts only).

    Returns
    -------
    Model

    Raises
    ------
    InputError
        When the ledger lacks what the scenario needs.
    """
    taken = _cohort(ledger if as_of is None else known_on(ledger, as_of), ledger, cohort)
    taken = with_scores(scenario, taken, known=as_of is not None)
    span = _span(taken, as_of, until, horizon_months)
    months = month_minutes(span.epoch, span.horizon)
    sampled = months if arrivals and as_of is not None else None
    projects = list_projects(scenario, taken, span.epoch, as_of=as_of, months=sampled)
    return _Compiler(scenario, taken, span, months, projects).model()


def with_pilot(model: Model, waits: npt.ArrayLike) -> Model:
    """Return the model with the mean queue waits of a pilot run.

    Parameters
    ----------
    model : Model
    waits : (C,) array
        Minutes per case, rounded half up.
    """
    minutes = frozen_ints(np.floor(np.clip(np.asarray(waits, dtype=np.float64), 0, NEVER) + 0.5))
    return replace(model, pilot_wait=minutes, content_hash=content_hash([model.content_hash, minutes]))


def _cohort(view: Ledger, ledger: Ledger, cohort: Collection[str] | None) -> Ledger:
    """Cut the view of the ledger to the ids wanted, which the ledger as a whole must have."""
    taken = view
    problems = Problems()
    if cohort is not None:
        wanted = set(cohort)
        for name in sorted(wanted - set(ledger.ids)):
            problems.add(ledger.source, "cohort", name, "an id of the ledger", "correct the id")
        taken = view.take([i for i, name in enumerate(view.ids) if name in wanted])
    if not taken.ids and not problems.errors:
        problems.add(ledger.source, "id", "no project", "at least one project", "widen the cohort")
    problems.raise_if_any()
    return taken


def _span(ledger: Ledger, as_of: date | None, until: date | None, months: int | None) -> Span:
    if as_of is not None:
        epoch = as_of + _DAY
        end = max(until or as_of, months_after(as_of, FORECAST_MONTHS)) + _DAY
    else:
        dates = [cell for cell in ledger.dates[ledger.milestones[0]] if isinstance(cell, date)]
        epoch = min(dates, default=date(2000, 1, 1))  # no date at all: `list_projects` refuses
        end = until + _DAY if until is not None else months_after(epoch, 12 * COMPARE_YEARS)
    if months is not None:
        end = months_after(epoch, months)
    horizon = minute_of(end, epoch)
    if horizon <= 0:
        problems = Problems()
        problems.add("command", "until", until, f"a date after {epoch}", "choose a later date")
        problems.raise_if_any()
    return Span(epoch, horizon, as_of)


def months_after(day: date, months: int) -> date:
    """Give the same day of a later month, the month's last day where it is shorter.

    Examples
    --------
    >>> months_after(date(2021, 8, 31), 6)
    datetime.date(2022, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - _DAY)


class _Compiler:
    """One compilation: collects numbers, laws and clocks while the arrays are made."""

    def __init__(
        self, scenario: Scenario, ledger: Ledger, span: Span, months: Ints, projects: Projects
    ) -> None:
        self.scenario, self.ledger, self.span = scenario, ledger, span
        self.months, self.projects, self.rows = months, projects, projects.each()
        self.numbers = Numbers()
        self.numbers.declare(scenario.parameters())
        self.laws = Laws(self.numbers)
        self.flags = Names()
        first, last = table_span(_known_dates(ledger), span.epoch, span.last)
        windows = [windows_of(shock, span.epoch, span.last) for shock in scenario.shocks]
        self.book = ClockBook(scenario.calendar, scenario.shocks, windows, span.epoch, first=first, last=last)
        unit_of = [str(row.get(scenario.units, "")) for row in self.rows]
        self.units = tuple(sorted(set(unit_of)))
        place = {name: i for i, name in enumerate(self.units)}
        self.unit = frozen_ints([place[name] for name in unit_of])
        self.desks = Desks(scenario.resources, self.units)
        self.ladders = LadderBook(scenario, self.desks, self.units)

    def model(self) -> Model:
        """Make all arrays; numbers and laws are complete when everything else is made."""
        sheet = self._sheet()
        parts: dict[str, Any] = {
            **self._frame(),
            **self._case_parts(sheet),
            **self._resource_parts(),
            **self._project_parts(),
        }
        parts["reviews"] = self._reviews(parts["ladders"].names)
        check_amounts(parts["cases"], parts["known"], parts["resources"], self.ledger, self.projects)
        parts.update(
            laws=self.laws.build(),
            scalars=self.numbers.scalars,
            parameters=self.numbers.parameters,
            clocks=self.book.clocks,
        )
        return Model(**parts, content_hash=content_hash(parts))

    def _sheet(self) -> Sheet:
        """Templates of all classes, and the class of each project."""
        classes = Classes(self.scenario, self.numbers, self.laws, self.flags)
        pairs = zip(self.rows, self.projects.signing_date, strict=True)
        of = [classes.index(row, signed) for row, signed in pairs]
        return make_sheet(classes.templates, of)

    def _frame(self) -> dict[str, Any]:
        """Names, time, shocks and the common factor."""
        scenario, span = self.scenario, self.span
        shock_share, shock_exempt = self._shocks()
        factor_phase, factor_scalars = self._common_factor()
        return {
            "name": scenario.name,
            "epoch": span.epoch,
            "horizon": span.horizon,
            "synthetic": scenario.synthetic,
            "milestones": scenario.milestone_names,
            "units": self.units,
            "months": self.months,
            "regime_start": self._regime_start(),
            "shocks": tuple(shock.name for shock in scenario.shocks),
            "shock_share": shock_share,
            "shock_exempt": shock_exempt,
            "shock_patterns": frozen_ints([shock.pattern_count for shock in scenario.shocks]),
            "factor_phase": factor_phase,
            "factor_scalars": factor_scalars,
            "projected_years": self.book.projected(span.last),
        }

    def _case_parts(self, sheet: Sheet) -> dict[str, Any]:
        """Cases, their rules, and what the ledger knows of them."""
        owners = {row.name: row.owner for row in reversed(sheet.rows)}
        activities = tuple(sorted(owners))
        setting = Setting(self.desks, self.ladders, self.book, self.units, self.unit, activities)
        span, count = self.span, len(self.scenario.milestones)
        return {
            "activities": activities,
            "activity_owner": tuple(owners[name] for name in activities),
            "cases": compile_cases(sheet, setting, self.rows),
            "rules": compile_rules(sheet, self.flags.all),
            "limits": compile_limits(sheet, self.book),
            "case_offset": frozen_ints(sheet.case_offset),
            "milestone_case": _milestone_cases(sheet),
            "withdrawal_law": frozen_ints(np.stack([t.withdrawal for t in sheet.templates])[sheet.of]),
            "pilot_wait": frozen_ints(np.zeros(len(sheet.case_row))),
            "known": compile_known(
                sheet, self.projects, self.ledger, as_of=span.as_of, epoch=span.epoch, milestones=count
            ),
        }

    def _resource_parts(self) -> dict[str, Any]:
        """Resources, their dated events, and ladders."""
        desks = compile_resources(self.desks, self.book, self.numbers, self.laws, self.span.epoch)
        events = compile_events(self.desks, self.book, self.numbers, self.span.epoch, self.span.horizon)
        return {
            "resources": desks.arrays,
            "capacity_scalar": desks.capacity_scalar,
            "reserved_scalar": desks.reserved_scalar,
            "session_cancelled": desks.session_cancelled,
            "session_law": desks.session_law,
            "events": events.arrays,
            "event_scalar": events.scalar,
            "event_reserved_scalar": events.reserved_scalar,
            "event_factor": events.factor,
            "ladders": self.ladders.compile(self.book, self.numbers, self.laws),
        }

    def _project_parts(self) -> dict[str, Any]:
        """Projects, their attributes and the pool of arrivals."""
        return {
            "project_ids": self.projects.ids,
            "unit": self.unit,
            "signed": self.projects.signed,
            "attributes": model_attributes(self.projects, self.ledger),
            "arrivals": self._arrivals(),
        }

    def _shocks(self) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Shares of units hit, and the projects each shock never hits."""
        shocks = self.scenario.shocks
        everybody = self.numbers.fixed(1.0)
        shares = [
            self.numbers.scalar(s.share_of_units) if s.share_of_units is not None else everybody
            for s in shocks
        ]
        exempt = [[s.exempt is not None and s.exempt.holds(row) for row in self.rows] for s in shocks]
        return frozen_ints(shares), frozen_flags(exempt).reshape(len(shocks), len(self.rows))

    def _common_factor(self) -> tuple[npt.NDArray[np.bool_], tuple[int, int, int]]:
        factor, names = self.scenario.common_factor, self.scenario.milestone_names
        if factor is None:
            return frozen_flags([False] * len(names)), (-1, -1, -1)
        phases = names if factor.phases is None else factor.phases
        city, county = (
            self.numbers.scalar(part.sd) if part is not None else -1 for part in (factor.city, factor.county)
        )
        chosen = frozen_flags([name in phases for name in names])
        return chosen, (city, county, self.numbers.scalar(factor.rho))

    def _reviews(self, ladders: tuple[str, ...]) -> tuple[Review, ...]:
        """Where state feeds back."""
        span = self.span
        return compile_reviews(
            ReviewDesk(
                self.scenario, self.ledger, self.projects, self.numbers, self.book, span.epoch, span.horizon,
                ladders,
            )
        )  # fmt: skip

    def _regime_start(self) -> Ints:
        dates = [adopted.from_ for adopted in self.scenario.switched()]
        return frozen_ints([-NEVER, *(minute_of(day, self.span.epoch) for day in dates)])

    def _arrivals(self) -> ArrivalPool:
        rows = np.flatnonzero(self.projects.candidate_month >= 0)
        arrivals = self.scenario.arrivals
        rate = self.numbers.monthly(arrivals.rate) if arrivals is not None and len(rows) else -1
        return ArrivalPool(frozen_ints(rows), frozen_ints(self.projects.candidate_month[rows]), rate)


def _milestone_cases(sheet: Sheet) -> Ints:
    """Case that ends each milestone of each project, -1 = none."""
    local = np.stack([t.milestone_place for t in sheet.templates])[sheet.of]
    return frozen_ints(np.where(local >= 0, local + sheet.case_offset[:-1, None], -1))


def _known_dates(ledger: Ledger) -> list[date]:
    """Every date of the ledger that a clock may be asked about."""
    cells = [cell for column in (*ledger.dates.values(), ledger.withdrawn) for cell in column]
    cells += [cell for row in ledger.items for cell in (row.accepted, row.returned, row.decided)]
    return [cell for cell in cells if isinstance(cell, date)]
