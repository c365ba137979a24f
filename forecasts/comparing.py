"""The comparison of reforms: options, cohort, paired differences and what drives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.headline import compare_headlines
from forecasts.inputs import Inputs
from forecasts.money import collect_for, year_money
from forecasts.outlook import Period
from forecasts.results import common_parts, rounded
from forecasts.shocks import Sides, calming
from sim.comparison import (
    Fraction,
    Measure,
    compare,
    days_between,
    drivers,
    effect_in_parts,
    group_masks,
    land_groups,
    of_plan,
    overdue_share,
    reached_by,
    waits_by_cause,
    within_days,
)  # fmt: skip
from sim.errors import InputError, Problem
from sim.experiment import LEVEL, Collect, Headline, Outcome
from sim.ledger import Ledger
from sim.model.arrays import Model
from sim.model.compile import compile_model
from sim.scenario import Scenario

Flags = npt.NDArray[np.bool_]
BASELINE = "baseline"

#: Runs one model; returns its outcome.
Runner = Callable[[str, Model, Collect], Outcome]


@dataclass(frozen=True)
class Option:
    """One option of a comparison.

    Parameters
    ----------
    name : str
        As asked for: ``land-limits+pre-review``; ``baseline``.
    scenario : Scenario
    shown : bool
        False: run only because the effect in parts needs it.
    """

    name: str
    scenario: Scenario
    shown: bool = True


def options_of(scenario: Scenario, reforms: Sequence[str]) -> list[Option]:
    """Return the baseline, the options asked for, and those that the effect in parts needs."""
    if not reforms:
        raise InputError([Problem("--reform", "", "none", "at least one reform", "name one or more")])
    doubled = sorted({r for r in reforms if list(reforms).count(r) > 1})
    if doubled:
        raise InputError(
            [Problem("--reform", "", ", ".join(doubled), "each option once", "leave the repetition out")]
        )
    found = [Option(BASELINE, scenario), *(Option(name, scenario.with_reforms([name])) for name in reforms)]
    names = {option.name for option in found}
    for _, serial, parallel, pre_review in parts_of(scenario, [o.name for o in found]):
        for name in (serial, parallel, pre_review):
            if name not in names:
                found.append(Option(name, scenario.with_reforms([name]), shown=False))
                names.add(name)
    twins = [
        Option(f"{o.name}+{n}", o.scenario.with_reforms([n]), shown=False)
        for o in found[1 : len(reforms) + 1]
        for n in calming(scenario, reforms)
        if n not in o.name.split("+")
    ]
    return found + [twin for twin in twins if twin.name not in names]


def calm_pairs(scenario: Scenario, shown: Sequence[str]) -> list[tuple[str, str]]:
    """Return every option that has a shock with the option that is the same without it."""
    calm = calming(scenario, [name for name in shown if name != BASELINE])
    return [(o, n if o == BASELINE else f"{o}+{n}") for o in shown for n in calm if n not in o.split("+")]


def parts_of(scenario: Scenario, options: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """Return (further reforms, serial, parallel, pre-review) of each option that switches to pre-review."""
    side_by_side = next((n for n, mode in _modes(scenario).items() if mode == "parallel"), None)
    if scenario.mode.approval != "serial" or side_by_side is None:
        return []
    found = []
    for option in options:
        pieces = option.split("+")
        beside = [p for p in pieces if _modes(scenario).get(p) == "pre-review"]
        if len(beside) == 1:
            rest = "+".join(p for p in pieces if p not in beside)
            parallel = f"{rest}+{side_by_side}" if rest else side_by_side
            found.append((rest or "none", rest or BASELINE, parallel, option))
    return found


def _modes(scenario: Scenario) -> dict[str, str]:
    """Approval mode that each reform with an inline overlay sets."""
    found = {}
    for name, reform in scenario.reforms.items():
        mode = (reform.set or {}).get("mode")
        if isinstance(mode, Mapping) and mode.get("approval"):
            found[name] = str(mode["approval"])
    return found


@dataclass(frozen=True)
class Comparison:
    """A comparison ready to be run: every option compiled with the projects compared.

    Parameters
    ----------
    inputs : Inputs
    options : sequence of Option
        The baseline first.
    ledger : Ledger
        The cohort.
    models : mapping of str to Model
        By option.
    start, to : str
        Milestones between which days are counted.
    collect : Collect
    fixed : bool
    """

    inputs: Inputs
    options: Sequence[Option]
    ledger: Ledger
    models: Mapping[str, Model]
    start: str
    to: str
    collect: Collect
    fixed: bool

    @property
    def shown(self) -> dict[str, Model]:
        """Models of the baseline and the options asked for."""
        return {o.name: self.models[o.name] for o in self.options if o.shown}

    def measures(self, outcomes: Mapping[str, Outcome]) -> list[Measure]:
        """Return what is printed of the options shown."""
        scenario = self.inputs.scenario
        found = [*measures_of(scenario, outcomes, self.start, self.to), *overdue_of(outcomes)]
        return found + _money(self.inputs, self.options, self.ledger, self.models, outcomes, self.fixed)

    def headlines(self, _: Mapping[str, Model], outcomes: Mapping[str, Outcome]) -> list[Headline]:
        """Return what the comparison is read for, replication by replication."""
        return compare_headlines(outcomes, BASELINE, self.measures(outcomes))


def prepared(inputs: Inputs, reforms: Sequence[str], *, fixed: bool) -> Comparison:
    """Compile every option of a comparison.

    Parameters
    ----------
    inputs : Inputs
        Their scenario is the baseline; their ledger holds every project.
    reforms : sequence of str
    fixed : bool
    """
    scenario = inputs.scenario
    options = options_of(scenario, reforms)
    ledger = cohort_of(scenario, inputs.ledger, dated=inputs.as_of is not None)
    span = scenario.compare
    milestones = scenario.milestone_names
    start, to = (span.start, span.to) if span else (milestones[0], milestones[1])
    models = {
        o.name: compile_model(o.scenario, ledger, as_of=inputs.as_of, until=inputs.until, arrivals=False)
        for o in options
    }
    collect = collect_for(scenario, milestone=milestones.index(to))
    return Comparison(inputs, options, ledger, models, start, to, collect, fixed)


def make_comparison(
    comparison: Comparison, run: Runner, *, seed: int, replications: int, level: float = LEVEL
) -> dict[str, Any]:
    """Run every option on the same luck and return the comparison as the command prints it.

    Parameters
    ----------
    comparison : Comparison
    run : callable
        Runs a named model.
    seed, replications : int
    level : float
        Joint level of the intervals.
    """
    inputs, options, models = comparison.inputs, comparison.options, comparison.models
    scenario, fixed = inputs.scenario, comparison.fixed
    start, to = comparison.start, comparison.to
    end = scenario.milestone_names.index(to)
    outcomes = {name: run(name, model, comparison.collect) for name, model in models.items()}
    shown = {name: outcomes[name] for name in comparison.shown}
    model = models[BASELINE]
    groups = group_masks(model.attributes)
    measures = comparison.measures(shown)
    cohort = groups["all"]
    result = {
        "kind": "compare",
        **common_parts(
            inputs, list(models.values()), [o.scenario for o in options], seed, replications, fixed=fixed
        ),
        "level": level,
        "cohort": {"n": len(model.project_ids), "start": start, "to": to},
        "results": compare(shown, BASELINE, measures, groups, level=level),
        "effect_in_parts": _parts(scenario, outcomes, list(shown), start, to, model, level),
        "drivers": drivers(shown, BASELINE, end, cohort, top=15),
        "waits": waits_by_cause(shown, end, {"all": cohort}),
    }
    result["shocks"] = _shocks(comparison, outcomes, level)
    return dict(rounded(result))


def _shocks(comparison: Comparison, outcomes: Mapping[str, Outcome], level: float) -> list[dict[str, Any]]:
    """Return money lost to shocks and recovered, where an option takes shocks away and money is measured."""
    inputs, models = comparison.inputs, comparison.models
    scenario, end = inputs.scenario, _year_end(inputs)
    pairs = calm_pairs(scenario, list(comparison.shown))
    if scenario.investment is None or end is None or not pairs:
        return []
    base = models[BASELINE]
    sides = Sides(
        {o.name: o.scenario for o in comparison.options}, models, outcomes, comparison.ledger,
        Period.of(inputs.as_of or base.epoch, end), group_masks(base.attributes),
        fixed=comparison.fixed, known=inputs.as_of is not None,
    )  # fmt: skip
    return [row for option, without in pairs for row in sides.rows(option, without, level)]


def _parts(
    scenario: Scenario,
    outcomes: Mapping[str, Outcome],
    shown: Sequence[str],
    start: str,
    to: str,
    model: Model,
    level: float,
) -> list[dict[str, Any]]:
    """Return the effect of pre-review in two parts, for every option that switches to it."""
    everyone = np.ones(len(model.project_ids), dtype=np.bool_)
    groups = {"all": everyone} | land_groups(model.attributes, everyone)
    days = [days_between(scenario.milestone_names, start, to)]
    return [
        {"further_reforms": rest} | row
        for rest, serial, parallel, pre_review in parts_of(scenario, shown)
        for row in effect_in_parts(
            outcomes, days, groups, serial=serial, parallel=parallel, pre_review=pre_review, level=level
        )
    ]


def cohort_of(scenario: Scenario, ledger: Ledger, *, dated: bool) -> Ledger:
    """Return the projects compared: the scenario's cohort, all of the ledger where it names none."""
    rule = scenario.compare.cohort if scenario.compare else None
    if rule is None:
        return ledger
    names = (*scenario.attribute_names,)
    columns = {name: ledger.attribute(name) for name in names}
    kept = ledger.where(lambda i: rule.holds({name: column[i] for name, column in columns.items()}))
    if not kept.ids:
        place, remedy = scenario.path.name, "change the cohort or the ledger"
        raise InputError(
            [Problem(place, "compare.cohort", "no project", "at least one project of the ledger", remedy)]
        )
    return kept


def measures_of(scenario: Scenario, outcomes: Mapping[str, Outcome], start: str, to: str) -> list[Measure]:
    """Return the measures every comparison prints: days, started share and started within 183 days."""
    milestones = scenario.milestone_names
    found: list[Measure] = [days_between(milestones, start, to)]
    started = scenario.counts.starts
    if started is None:
        return found
    k, first = milestones.index(started), milestones.index(start)
    if started != to:
        found.append(days_between(milestones, start, started))
    horizon = 2**30 - 1
    found.append(reached_by(outcomes, k, horizon, f"start_rate_of_{start}"))
    found.append(within_days(outcomes, 183, first, k, f"{started}_within_183d_of_{start}"))
    return found


def overdue_of(outcomes: Mapping[str, Outcome]) -> list[Measure]:
    """Return the share of cases over their legal limit, where every option has limits."""
    judged = {name: o.judged for name, o in outcomes.items() if o.judged is not None}
    overdue = {name: o.overdue for name, o in outcomes.items() if o.overdue is not None}
    return [overdue_share(judged, overdue)] if len(judged) == len(outcomes) else []


def _year_end(inputs: Inputs) -> date | None:
    """Return the last day of the year whose money is compared, if one is known."""
    scenario = inputs.scenario
    year_of_as_of = scenario.as_of.replace(month=12, day=31) if scenario.as_of else None
    return inputs.until or scenario.until or year_of_as_of


def _money(
    inputs: Inputs, options: Sequence[Option], ledger: Ledger, models: Mapping[str, Model],
    outcomes: Mapping[str, Outcome], fixed: bool,
) -> list[Fraction]:  # fmt: skip
    """Return the year's investment over its plan, where the ledger has one and the year is known."""
    scenario = inputs.scenario
    plan = np.nan_to_num(np.array(ledger.number("plan_this_year")))
    end = _year_end(inputs)
    if scenario.investment is None or end is None or not plan.any():
        return []
    done = {}
    for option in options:
        if option.name not in outcomes:
            continue
        model, outcome = models[option.name], outcomes[option.name]
        period = Period.of(inputs.as_of or model.epoch, end)
        everyone = np.ones((1, len(model.project_ids)), dtype=np.bool_)
        made = year_money(
            option.scenario,
            ledger,
            model,
            outcome,
            period,
            everyone,
            fixed=fixed,
            known=inputs.as_of is not None,
        )
        done[option.name] = made.year_reported
    return [of_plan("investment_rate_of_year_plan", done, models[BASELINE].attributes.plan_this_year)]
