"""The year's money of an experiment: budgets and courses put together from scenario, ledger and runs.

Definitions: "Investment". True and reported series stay two columns; targets are judged on reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from forecasts.outlook import Period, minutes_after
from sim import philox
from sim.clocks import minute_of
from sim.experiment import Collect, Outcome, Stack
from sim.investment import (
    Budget,
    Course,
    Halts,
    Invested,
    Reporting,
    block_size,
    course_of,
    measure,
    overruns,
    recovered,
)
from sim.laws import ARGUMENTS, LawBuilder
from sim.ledger import Ledger
from sim.model.arrays import GATE, Model
from sim.quantities import minutes
from sim.resources import dates_of
from sim.scenario import Scenario
from sim.spec import NumberLaw, Parameter, When
from sim.workdays import working_days

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: How many years before the epoch cut-offs are looked up.
_REPORTED_YEARS = 3


def drawn(
    parameter: Parameter | None, seed: int, numbers: Sequence[int], *, fixed: bool, default: float = 0.0
) -> Floats:
    """Return a parameter's value in every replication (R,), by the key that sampling uses for it.

    Parameters
    ----------
    parameter : Parameter or None
        None: `default` everywhere.
    seed : int
    numbers : sequence of int
        Replications.
    fixed : bool
        Central values.
    """
    if parameter is None:
        return np.full(len(numbers), default)
    if fixed or parameter.low is None or parameter.high is None:
        return np.full(len(numbers), parameter.value)
    subject = philox.hash_names([parameter.name])
    u = [
        philox.uniforms(seed, r, subject, np.zeros_like(subject), 0, philox.PARAMETER)[0, 0] for r in numbers
    ]
    return parameter.low + (parameter.high - parameter.low) * np.array(u)


def collect_for(
    scenario: Scenario,
    *,
    milestone: int | tuple[int, ...],
    since: int | None = None,
    unreached: bool = False,
) -> Collect:
    """Return what an experiment must keep: waits, load, and what money needs where it is measured.

    Parameters
    ----------
    scenario : Scenario
    milestone, since, unreached
        Of the driving paths, see `Collect`.
    """
    names = ("waits", "load", *limits_of(scenario))
    if scenario.investment is None:
        return Collect(names, milestone, since, unreached)
    end = scenario.milestone_names.index(scenario.investment.to)
    return Collect((*names, "lengths"), milestone, since, unreached, end)


def limits_of(scenario: Scenario) -> tuple[str, ...]:
    """Return what to collect of legal limits: nothing where no activity has one, nor gets one by a reform."""
    brought = [a.reform for a in scenario.adopted] if scenario.use_adopted else []
    activities = (*scenario.activities.values(), *scenario.variant(brought).activities.values())
    return ("limits",) if any(a.limit is not None for a in activities) else ()


def year_money(
    scenario: Scenario, ledger: Ledger, model: Model, outcome: Outcome, period: Period, groups: Flags, *,
    fixed: bool, known: bool = True, ends: Sequence[int] | None = None,
) -> Invested:  # fmt: skip
    """Return the year's true and reported money by month and group.

    Parameters
    ----------
    scenario : Scenario
        With an `investment` block.
    ledger : Ledger
        As known at the epoch; its ``invested_*`` columns are the reported series.
    model, outcome
    period : Period
    groups : (G, P) bool
    fixed : bool
    known : bool
        False: every project is sent in from signing, nothing is booked before.
    ends : sequence of int, optional
        Minutes by which money is counted, rising, instead of the as-of date and the months' ends.

    Returns
    -------
    Invested
        Its first column is the as-of date, the others are the months' ends; or those of `ends`.
    """
    to_date, in_year = (
        aligned(ledger, model, f"invested_{name}") if known else np.full(len(model.project_ids), np.nan)
        for name in ("to_date", "this_year")
    )
    shapes, told = _shapes(scenario, model), cut_offs(scenario, model)
    at = minutes_after([period.as_of, *period.ends], model.epoch) if ends is None else np.array(ends)
    start = minute_of(period.start, model.epoch)
    plan = np.nan_to_num(model.attributes.plan_this_year) * float(known)

    def made(part: Outcome) -> Invested:
        reporting = reporting_of(scenario, told, part, fixed=fixed)
        budget = budget_of(scenario, model, part, shapes, fixed=fixed)
        if known:
            works = reporting.works(in_year, plan, 0, start, part.replications)
            booked = recovered(to_date, reporting, part.replications, this_year=in_year, works=works)
            budget = replace(budget, booked=booked, base=int(reporting.shows(0)))
        return measure(
            budget, course(scenario, model, part), reporting, at, groups=groups, year_start=start,
            year_to_date=in_year, plan=plan,
        )  # fmt: skip

    return _gathered(outcome, made, block_size(len(model.project_ids), len(at)))


def _gathered(outcome: Outcome, made: Callable[[Outcome], Invested], size: int) -> Invested:
    """Return the money of all replications, measured a few at a time; the projects' stays outside memory."""
    count, folder = outcome.replications, outcome.waits.folder
    stacks: dict[str, Stack] = {}
    sums: list[tuple[Floats, Floats]] = []
    imputed = np.zeros(outcome.active.shape[1], dtype=np.bool_)
    for start in range(0, count, size):
        found = made(outcome.rows(slice(start, start + size)))
        for name in ("year_true", "year_reported"):
            rows = getattr(found, name)
            stacks.setdefault(name, Stack(count, rows, folder)).add(rows)
        sums.append((found.true, found.reported))
        imputed |= found.imputed
        outcome.let_go()
    true, reported = (np.concatenate(column) for column in zip(*sums, strict=True))
    year = {name: stack.array() for name, stack in stacks.items()}
    return Invested(true, reported, year["year_true"], year["year_reported"], imputed)


#: Which projects a share curve holds for, and its two parameters.
_Shape = tuple[Flags, Parameter | None, Parameter | None]


def _shapes(scenario: Scenario, model: Model) -> list[_Shape]:
    """Return the share curves of the scenario; of each project the first that fits holds."""
    block = scenario.investment
    assert block is not None  # callers ask only where the scenario measures money
    rows = attribute_rows(model)
    taken = np.zeros(len(rows), dtype=np.bool_)
    found: list[_Shape] = []
    for case in block.curve:
        holds = meets(case.when, rows) & ~taken
        found.append((holds, case.a, case.b))
        taken |= holds
    return found


def budget_of(
    scenario: Scenario, model: Model, outcome: Outcome, shapes: Sequence[_Shape], *, fixed: bool
) -> Budget:
    """Return what each project costs, with this experiment's drawn curves and overruns."""
    block = scenario.investment
    assert block is not None  # callers ask only where the scenario measures money
    numbers, seed = [int(n) for n in outcome.numbers], outcome.seed
    total = np.nan_to_num(model.attributes.investment)
    land = model.milestones.index(block.land_at) if block.land_at else None
    has_land = np.zeros(len(total), dtype=np.bool_) if land is None else needs_work(model, land)
    share = drawn(block.land_share, seed, numbers, fixed=fixed)[:, None]
    early = np.where(has_land, total * share, 0.0)
    a, b = np.ones((len(numbers), len(total))), np.ones((len(numbers), len(total)))
    for holds, first, second in shapes:
        a[:, holds] = drawn(first, seed, numbers, fixed=fixed)[:, None]
        b[:, holds] = drawn(second, seed, numbers, fixed=fixed)[:, None]
    over = overrun_of(block.overrun, model.project_ids, seed, numbers)
    return Budget(total, early, a, b, over, np.full(len(total), np.nan))


def overrun_of(law: NumberLaw | None, ids: Sequence[str], seed: int, numbers: Sequence[int]) -> Floats:
    """Return B'/B of every replication and project; 1 where the scenario has no overrun."""
    if law is None:
        return np.ones((len(numbers), len(ids)))
    return overruns(ids, seed, numbers, number_ppf(law))


def number_ppf(law: NumberLaw) -> Callable[[Floats], Floats]:
    """Return the inverse of a law of plain numbers at its central parameters."""
    family = law.family
    if "mean" in law.args and family in ("lognormal", "weibull"):
        family = f"{family}_mean"
    builder = LawBuilder()
    row = builder.add(family, *(law.args[name].value for name in ARGUMENTS[family]))
    table = builder.build()

    def ppf(u: Floats) -> Floats:
        flat = table.ppf(np.full(u.size, row), u.ravel())
        return np.asarray(flat, dtype=np.float64).reshape(u.shape)

    return ppf


def course(scenario: Scenario, model: Model, outcome: Outcome) -> Course:
    """Return when land, construction and leaving happened, per replication and project."""
    block = scenario.investment
    assert block is not None
    assert outcome.lengths is not None  # collected with milestone `to` wherever money is measured
    return course_of(
        model,
        outcome.milestones,
        outcome.withdrawn,
        outcome.lane,
        outcome.lengths,
        land=model.milestones.index(block.land_at) if block.land_at else None,
        start=model.milestones.index(block.from_),
        end=model.milestones.index(block.to),
        halts=Halts(*outcome.halts.T),
    )


def reporting_of(scenario: Scenario, told: Reporting, outcome: Outcome, *, fixed: bool) -> Reporting:
    """Return how reported money differs from true money in each replication, given when it is told."""
    block = scenario.reporting
    if block is None:
        return Reporting()
    numbers = [int(n) for n in outcome.numbers]
    ahead, front, lean = (
        drawn(p, outcome.seed, numbers, fixed=fixed) for p in (block.ahead, block.front, block.lean)
    )
    return replace(told, ahead=ahead, front=front, lean=lean)


def cut_offs(scenario: Scenario, model: Model) -> Reporting:
    """Return when what is true is reported: the lag and the cut-offs, nothing about amounts."""
    block = scenario.reporting
    if block is None:
        return Reporting()
    lag = round(minutes(block.lag.quantity)) if block.lag is not None else 0
    if block.dates is None:
        return Reporting(int(lag))
    first = model.epoch - timedelta(days=_REPORTED_YEARS * 366)
    last = model.epoch + timedelta(minutes=model.horizon)
    country = scenario.calendar.country
    open_days = working_days(first, last, country)

    def working(day: date) -> bool:
        row = (day - first).days
        return bool(open_days[row]) if 0 <= row < len(open_days) else day.weekday() < 5

    days = dates_of(block.dates, first, last, working=working)
    return Reporting(int(lag), dates=minutes_after(days, model.epoch).astype(np.int64))


def aligned(ledger: Ledger, model: Model, name: str) -> Floats:
    """Return a number column of the ledger by project row of the model, NaN for others (arrivals)."""
    values = dict(zip(ledger.ids, ledger.number(name), strict=True))
    return np.array([values.get(i, np.nan) for i in model.project_ids], dtype=np.float64)


def aligned_dates(
    ledger: Ledger, model: Model, columns: Mapping[str, Sequence[date | None]], name: str
) -> list[date | None]:
    """Return a date column of the ledger by project row of the model, None for others."""
    values = dict(zip(ledger.ids, columns.get(name, (None,) * len(ledger.ids)), strict=True))
    return [values.get(i) for i in model.project_ids]


def needs_work(model: Model, milestone: int) -> Flags:
    """Projects for which a milestone takes work of their own (not a gate): land is really supplied."""
    case = model.milestone_case[:, milestone]
    return np.asarray((case >= 0) & (model.cases.kind[np.maximum(case, 0)] != GATE), dtype=np.bool_)


def attribute_rows(model: Model) -> list[dict[str, str | float]]:
    """Return the attributes of every project as a mapping, for conditions of the scenario."""
    a = model.attributes
    texts = {
        name: getattr(a, name)
        for name in ("county", "kind", "key_level", "land_route", "land_state", "year_class")
    }
    texts |= dict(a.extra)
    return [
        {name: column[p] for name, column in texts.items()}
        | {
            "area": float(a.area[p]),
            "investment": float(a.investment[p]),
            "plan_this_year": float(a.plan_this_year[p]),
        }
        for p in range(len(model.project_ids))
    ]


def meets(condition: When | None, rows: Sequence[Mapping[str, str | float]]) -> Flags:
    """Say which projects meet a condition (P,), given their `attribute_rows`; all do where there is none.

    Examples
    --------
    >>> from sim.spec.condition import read_when
    >>> meets(read_when({"area": "> 20"}), [{"area": 5.0}, {"area": 30.0}]).tolist()
    [False, True]
    """
    return np.array([condition is None or condition.holds(row) for row in rows], dtype=np.bool_)
