"""The validation of a place: its published numbers beside what the model says, predictions scored.

Definitions: "Validation". Nothing here changes a parameter: inputs are shown, predictions are scored by
mid-p, misses are counted and explained in the table, never widened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.asked import FROM_SIGNING, MINUS, Asked, Groups, options_asked
from forecasts.comparing import cohort_of
from forecasts.durations import FromSigning
from forecasts.inputs import Inputs
from forecasts.measured import Forecasted, month_end
from forecasts.outlook import Period
from forecasts.path import Path
from forecasts.published import FILE, Row, check_roles, read_published
from forecasts.results import common_parts, rounded
from forecasts.scoring import (
    against_binomial,
    cohort_width,
    is_outside,
    mid_p,
    progress_width,
    read_reference,
    spread,
)
from sim.errors import InputError, Problems
from sim.experiment import Collect, Outcome
from sim.model.arrays import Model
from sim.model.compile import compile_model
from sim.provenance import content_hash
from sim.scenario import Scenario, shipped_root

Floats = npt.NDArray[np.float64]

#: Compiles (with a pilot) and runs a named model.
Run = Callable[[str, Model, Collect], Outcome]

#: Files of the reference classes, beside the scenarios.
PROGRESS, COHORTS = "reference_class.csv", "reference_cohorts.csv"

_COHORT_RATES = {"sign": "start_rate", "start": "production_rate", "production": "capacity_rate"}


@dataclass(frozen=True)
class Validation:
    """A place ready to be validated: its rows read and checked, its forecast compiled.

    Parameters
    ----------
    inputs : Inputs
        With the adopted reforms and dates.
    signing : Inputs
        Without reforms or dates, for measures of days.
    rows : tuple of Row
    parameters : mapping of int to tuple of str
        Parameters that each calibrated row names, by row of the file.
    unanswered : mapping of int to str
        What the model cannot say of rows that are only shown.
    model : Model
        Of the forecast.
    period : Period
    fixed : bool
    """

    inputs: Inputs
    signing: Inputs
    rows: tuple[Row, ...]
    parameters: Mapping[int, tuple[str, ...]]
    unanswered: Mapping[int, str]
    model: Model
    period: Period
    fixed: bool


def with_published(inputs: Inputs) -> Inputs:
    """Return inputs whose hashes cover the published numbers and the reference classes too.

    Raises
    ------
    InputError
        If the scenario has no ``published.csv`` beside it, or there is no date.
    """
    path = inputs.scenario.path.parent / FILE
    if not path.is_file():
        read_published(path)  # says what is missing
    files = {"published": path} | {name: shipped_root() / name for name in (PROGRESS, COHORTS)}
    return replace(inputs, hashes=inputs.hashes | {name: content_hash(f) for name, f in files.items()})


def prepared(inputs: Inputs, signing: Inputs, *, fixed: bool) -> Validation:
    """Read and check the published numbers of a scenario, and compile its forecast.

    Parameters
    ----------
    inputs, signing : Inputs
    fixed : bool

    Raises
    ------
    InputError
        With every row that is wrong, or that the scenario cannot answer.
    """
    assert inputs.as_of is not None
    assert inputs.until is not None
    scenario = inputs.scenario
    rows = read_published(scenario.path.parent / FILE, inputs.until.year)
    calibrated = {p.name: p.source or "" for p in scenario.parameters() if p.status == "calibrated"}
    parameters = check_roles(rows, calibrated)
    model = compile_model(scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
    period = Period.of(inputs.as_of, inputs.until)
    unanswered = Asked(inputs, Groups.of(model, inputs), period).check(rows)
    return Validation(inputs, signing, rows, parameters, unanswered, model, period, fixed)


def make_validation(asked: Validation, run: Run, *, seed: int, replications: int) -> dict[str, Any]:
    """Run what the rows need and return the validation as the command prints it.

    Parameters
    ----------
    asked : Validation
    run : callable
        Compiles and runs a named model.
    seed, replications : int
    """
    samples, true = samples_of(asked, run)
    reference = _Reference.of(asked)
    rows = [_printed(row, asked, samples.get(row.line), true.get(row.line), reference) for row in asked.rows]
    scored = [row for row in rows if row["u"] is not None]
    result = {
        "kind": "validate",
        **common_parts(
            asked.inputs, [asked.model], [asked.inputs.scenario], seed, replications, fixed=asked.fixed
        ),
        "as_of": str(asked.inputs.as_of),
        "until": str(asked.inputs.until),
        "level": 0.9,
        "rows": rows,
        "score": score_of(scored),
    }
    return dict(rounded(result))


def score_of(scored: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the score of predicted rows: how many lie outside, and how wide the intervals are.

    Parameters
    ----------
    scored : sequence of mapping
        Rows as printed, with ``outside``, ``width`` and ``reference_width``.
    """
    both = [row for row in scored if row["reference_width"] is not None]
    return {
        **against_binomial(sum(bool(row["outside"]) for row in scored), len(scored)),
        "width_rows": len(both),
        "mean_width": float(np.mean([row["width"] for row in both])) if both else None,
        "mean_reference_width": float(np.mean([row["reference_width"] for row in both])) if both else None,
    }


def samples_of(asked: Validation, run: Run) -> tuple[dict[int, Floats], dict[int, Floats]]:
    """Return the sample of every row that has one, by row of the file, and of its true series."""
    samples: dict[int, Floats] = {}
    true: dict[int, Floats] = {}
    wanted = [row for row in asked.rows if row.asked and row.line not in asked.unanswered]
    if forecasted := [row for row in wanted if row.name not in FROM_SIGNING]:
        answers = _forecasted(asked, run)
        for row in forecasted:
            samples[row.line] = answers.sample(row)
            if (series := answers.true(row)) is not None:
                true[row.line] = series
    if days := [row for row in wanted if row.name in FROM_SIGNING]:
        signed = _from_signing(asked, days, run)
        samples |= {row.line: signed.sample(row) for row in days}
    problems = Problems()
    for row in wanted:
        if np.isnan(samples[row.line]).all():
            got = "no replication has a value"
            expected, remedy = "some project that gets so far", "change group, milestones or the ledger"
            problems.add(f"{FILE} row {row.line} ({row.fact})", row.measure, got, expected, remedy)
    problems.raise_if_any()
    return {line: values[~np.isnan(values)] for line, values in samples.items()}, true


def _forecasted(asked: Validation, run: Run) -> Forecasted:
    scenario = asked.inputs.scenario
    collect = Collect(())
    if scenario.investment is not None:
        collect = Collect(("lengths",), construction=scenario.milestone_names.index(scenario.investment.to))
    outcome = run("forecast", asked.model, collect)
    everyone = np.ones((1, len(asked.model.project_ids)), dtype=np.bool_)
    path = Path(asked.inputs, asked.model, outcome, asked.period, None, ("all",), everyone)
    return Forecasted(path, Groups.of(asked.model, asked.inputs), asked.fixed)


def _from_signing(asked: Validation, rows: Sequence[Row], run: Run) -> FromSigning:
    """Run every option that rows of days name, all projects of the cohort sent in from signing."""
    scenario = asked.signing.scenario
    ledger = cohort_of(scenario, asked.signing.ledger, dated=False)
    names = dict.fromkeys(name for row in rows for name in options_asked(row))
    models = {
        name: compile_model(_option(asked, name), ledger, as_of=None, until=None, arrivals=False)
        for name in names
    }
    ends = {row.arguments[1] for row in rows if row.name == "approval_days"}
    collect = Collect(("waits",), scenario.milestone_names.index(ends.pop())) if ends else Collect(())
    outcomes = {name: run(name, model, collect) for name, model in models.items()}
    groups = Groups.of(next(iter(models.values())), asked.signing)
    return FromSigning(models, outcomes, groups, scenario.calendar.country)


def _option(asked: Validation, name: str) -> Scenario:
    if name == "adopted":
        return asked.inputs.scenario
    return asked.signing.scenario if name == "none" else asked.signing.scenario.with_reforms([name])


@dataclass(frozen=True)
class _Reference:
    """The reference classes without the place."""

    progress: Sequence[Mapping[str, str]]
    cohorts: Sequence[Mapping[str, str]]
    lists: Mapping[str, str]

    @classmethod
    def of(cls, asked: Validation) -> _Reference:
        scenario, root = asked.inputs.scenario, shipped_root()
        place = (scenario.title.en if scenario.title else None) or scenario.name
        kinds = {spec.name: spec.kind for spec in scenario.lists}
        return cls(read_reference(root / PROGRESS, place), read_reference(root / COHORTS, place), kinds)

    def width(self, row: Row, month: int) -> dict[str, Any] | None:
        """Return the width of the class that a row belongs to, None where there is no such class."""
        if MINUS in row.group:  # the class is of levels
            return None
        if row.name == "investment_rate_of_year_plan":
            rule, _, value = row.group.partition("=")
            return progress_width(self.progress, month, value if rule == "year_class" else "all")
        name, _, milestone = row.group.partition(":")
        if row.name == "list_rate" and row.unit == "%" and not milestone:
            return cohort_width(self.cohorts, _COHORT_RATES[self.lists[name]])
        return None


def _printed(
    row: Row, asked: Validation, sample: Floats | None, true: Floats | None, reference: _Reference
) -> dict[str, Any]:
    """Return one row as the command prints it."""
    printed: dict[str, Any] = {
        "fact": row.fact,
        "measure": row.measure,
        "group": row.group,
        "month": row.month.isoformat()[:7] if row.month else None,
        "reform": row.reform if row.name in FROM_SIGNING else None,
        "role": row.role,
        "published": row.value,
        "rounding": row.rounding,
        "unit": row.unit,
        "published_n": row.n,
        **dict.fromkeys(("p05", "p50", "p95", "true_p05", "true_p50", "true_p95", "u", "outside")),
        **dict.fromkeys(("width", "reference_width", "reference")),
        "parameters": list(asked.parameters.get(row.line, ())),
        "reason": row.reason,
        "explained": row.explained or None,
        "unanswered": asked.unanswered.get(row.line),
    }
    if sample is None:
        return printed
    printed |= spread(sample)
    if true is not None:
        printed |= {f"true_{name}": value for name, value in spread(true).items()}
    if row.role == "predicted" and row.value is not None:
        u = mid_p(sample, row.value, row.rounding)
        found = reference.width(row, month_end(row, asked.period).month)
        printed |= {"u": u, "outside": is_outside(u), "width": printed["p95"] - printed["p05"]}
        printed |= {"reference": found, "reference_width": found["width"] if found else None}
    return printed


def together(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the score over several places.

    Parameters
    ----------
    results : sequence of mapping
        Of `make_validation`.
    """
    rows = [row for result in results for row in result["rows"] if row["u"] is not None]
    return dict(rounded(score_of(rows)))


def places(names: Sequence[str]) -> list[str]:
    """Return those of the shipped scenarios that have published numbers.

    Raises
    ------
    InputError
        If none has.
    """
    found = [name for name in names if (shipped_root() / name / FILE).is_file()]
    if not found:
        problems = Problems()
        problems.add("PLACE", "", "none", f"a shipped scenario with {FILE}", "give the path of a scenario")
        raise InputError(problems.errors)
    return found
