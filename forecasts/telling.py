"""Who tells a forecast's counts: the simulation, the ledger's past, or the past times the former's ratio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from forecasts.combined import Combined, fresh_reforms, ratio_of
from forecasts.delay import Delay
from forecasts.earned import Earned, Method
from forecasts.hindcast import Hindcast, hindcast_of, looking_back
from forecasts.inputs import Inputs
from forecasts.past import past_of
from forecasts.path import Path
from forecasts.simulated import Runner, run_path
from sim.errors import InputError, Problem
from sim.experiment import Collect
from sim.model.compile import compile_model

#: A path as targets and fans are read from it: simulated, or told by the ledger's past.
Reading = Path | Combined

REMEDY = "leave --method out, or give a ledger with three years of dated milestones"


def told(
    path: Path,
    run: Runner,
    delays: Mapping[str, Delay],
    earned: Earned | None,
    *,
    seed: int,
    fixed: bool,
    method: Method,
) -> tuple[Reading, dict[str, Any]]:
    """Return the reading of a simulated path: its counts told by the ledger's past where that can tell them.

    Reforms that the past knows too little of are run without once more, for the simulation's ratio.
    """
    if method == "simulation":
        return path, {"told_by": dict.fromkeys(path.measures, "simulation"), "past_not_asked": "asked"}
    n, insist = path.outcome.replications, method == "past"
    past, why = past_of(path.inputs, path.period, delays, paths=n, seed=seed, insist=insist)
    if past is None:
        if method == "past":
            raise InputError([Problem("--method", "past", why, "a ledger with a past", REMEDY)])
        return path, {"told_by": dict.fromkeys(path.measures, "simulation"), "past_not_asked": why}
    if earned is not None:
        past = past.stretched(earned, path.inputs.scenario.counts.by_measure)
    ratios = {}
    if fresh := fresh_reforms(path.inputs):
        kept = tuple(a for a in path.inputs.scenario.adopted if a.reform not in fresh)
        before = replace(path.inputs, scenario=path.inputs.scenario.model_copy(update={"adopted": kept}))
        base = run_path(before, run, f"without {'+'.join(fresh)}", fixed=fixed)[0]
        ratios = ratio_of(path, base, None if fixed else hindcast(path.inputs, run))
    reading = Combined(path, past, ratios)
    said = {
        "told_by": {measure: reading.method(measure, 0) for measure in reading.measures},
        "members": reading.members(),
        "gate": reading.gate(),
        "contributions": reading.parts(),
    }
    return reading, said


def path_of(reading: Reading) -> Path:
    """Return the simulated path of a reading."""
    return reading.path if isinstance(reading, Combined) else reading


def coverage_of(reading: Reading, earned: Earned | None) -> str | dict[str, Any]:
    """Return how often intervals like these held in a backtest, by measure that the past tells."""
    if earned is None or not isinstance(reading, Combined):
        return "not yet measured"
    named = reading.inputs.scenario.counts.by_measure
    found = {m: reading.past.coverage(earned, m) for m in named if m in reading.told}
    kept = {measure: row for measure, row in found.items() if row is not None}
    return {"knowledge": earned.result["knowledge"], "measures": kept} if kept else "not yet measured"


def hindcast(inputs: Inputs, run: Runner) -> Hindcast:
    """Run the last two years, with the filings that came, to see which parameters tell them."""
    assert inputs.as_of is not None
    ledger, back = looking_back(inputs.ledger, inputs.as_of)
    scenario = inputs.scenario.model_copy(update={"arrivals": None})
    model = compile_model(scenario, ledger, as_of=back, until=inputs.as_of)
    return hindcast_of(model, run("hindcast", model, Collect()), inputs.ledger, inputs.as_of)


def with_reform(base: Reading, path: Path, run: Runner, *, fixed: bool) -> Reading:
    """Return the reading of a second path: the past of the first times the ratio of both simulations."""
    if not isinstance(base, Combined):
        return path
    ratios = ratio_of(path, base.path, None if fixed else hindcast(base.inputs, run))
    found = {m: ratio * base.ratios.get(m, 1.0) for m, ratio in ratios.items()}
    return Combined(path, base.past, found, base.paired)
