"""Rules on items switched on over `hello`: what they move, in which direction, on the same draws.

Every run is made by both engines, is the same in every cell, and adds up.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from forecasts.inputs import read_inputs
from sim.engine import compiled, reference
from sim.engine.conservation import check
from sim.experiment import pilot
from sim.model.arrays import Model
from sim.model.compile import compile_model, with_pilot
from sim.sampling import Draws, Sampler
from sim.trace import NEVER, OUTCOMES, Trace
from tests.engines.generated.play import different

Runs = list[tuple[Draws, Trace]]
REPLICATIONS = 2


def played(folder: Path, text: str = "", *, dated: bool = False) -> tuple[Model, Runs]:
    """Lay an overlay over `hello` and play it: a comparison from signing, or a forecast."""
    path = folder / "overlay.yaml"
    path.write_text(text or "mode: {approval: parallel}\n", encoding="utf-8")
    inputs = read_inputs("hello", adopted=False, dated=dated, reforms=(str(path),))
    model = compile_model(inputs.scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
    model = with_pilot(model, pilot(model, 1)) if dated else model
    sampler, fast, runs = Sampler(model), compiled.CompiledEngine(model), []
    for number in range(REPLICATIONS):
        draws = sampler.draw(1, number)
        trace = reference.run(model, draws)
        assert different(trace, fast.run(draws)) == []
        check(model, draws, trace)
        runs.append((draws, trace))
    return model, runs


def wait(model: Model, runs: Runs, milestone: str) -> npt.NDArray[np.float64]:
    """Days from signing to a milestone, by replication and project; those that leave are left out."""
    k = model.milestones.index(milestone)
    days = [(t.milestones[:, k] - t.milestones[:, 0]) / 1440 for _, t in runs]
    return np.where([t.milestones[:, k] < NEVER for _, t in runs], days, np.nan)


def outcomes(model: Model, runs: Runs, activity: str) -> set[str]:
    """How the visits of an activity end."""
    number = model.activities.index(activity)
    return {OUTCOMES[o] for _, t in runs for o in t.outcome[t.activity == number].tolist()}


def change(folder: Path, before: str, after: str, milestone: str = "permitted") -> float:
    """Mean paired difference of the days from signing to a milestone, over those that reach it in both."""
    one, other = (wait(*played(folder, text), milestone) for text in (before, after))
    return float(np.nanmean(other - one))


PROMISE = "commitment: {items: [impact, design], share: 0.8, work: 1 wd, check: 1 wd, due_at: %s}\n"
PAPERS = """\
activities: {impact: {tolerate: true, prepare: {value: 40 d, range: none}}, design: {tolerate: true, prepare: {value: 40 d, range: none}}}
tolerance: {share: 0.8, postponed: 0.9, due_at: start%s, range: none}
"""


def test_a_promise_brings_the_permit_forward(tmp_path: Path) -> None:
    assert change(tmp_path, "", PROMISE % "start") < -1


@pytest.mark.parametrize("failure", ["revoked", "correction, correction: 60 d"])
def test_a_promise_that_is_not_kept_costs_time(tmp_path: Path, failure: str) -> None:
    kept = PROMISE % "start"
    broken = PROMISE % f"start, fails: 0.7, on_failure: {failure}"
    assert change(tmp_path, kept, broken, "started") > 5
    model, runs = played(tmp_path, broken)
    assert outcomes(model, runs, "impact.promise") >= {"void" if failure == "revoked" else "returned", "done"}


def test_a_promise_of_nobody_changes_nothing(tmp_path: Path) -> None:
    never = PROMISE.replace("share: 0.8", "share: {value: 0, range: none}") % "start"
    assert change(tmp_path, "", never, "started") == 0


@pytest.mark.parametrize(
    ("failure", "outcome"), [("", "void"), (", on_failure: suspended, suspension: 50 d", "returned")]
)
def test_papers_that_come_late_fail(tmp_path: Path, failure: str, outcome: str) -> None:
    on_time, late = PAPERS % ", allowed: 36 d", PAPERS % f", allowed: 35 d{failure}"
    assert change(tmp_path, PAPERS % "", on_time, "started") == 0
    assert change(tmp_path, on_time, late, "started") > 5
    model, runs = played(tmp_path, late)
    assert outcome in outcomes(model, runs, "impact.papers")


def test_tolerance_and_promises_go_together_and_reopen_once(tmp_path: Path) -> None:
    both = PAPERS % ", fails: 0.6" + PROMISE % "start, fails: 0.6"
    model, runs = played(tmp_path, both)
    assert "void" in outcomes(model, runs, "impact.papers") & outcomes(model, runs, "impact.promise")
    for draws, _ in runs:
        target = model.cases.target[draws.void]
        assert len(set(target.tolist())) == len(target)


@pytest.mark.parametrize(
    "text",
    [
        PROMISE.replace("check: 1 wd", "check: 90 wd") % "start, fails: 0.5",
        PAPERS % ", allowed: 35 d, fails: 0.5",
    ],
)
def test_open_phases_are_played_with_the_new_checks(tmp_path: Path, text: str) -> None:
    model, runs = played(tmp_path, text, dated=True)
    new = np.isin([a.rpartition(".")[2] for a in model.activities], ["papers", "promise"])
    begun = [draws.state[new[model.cases.activity]] for draws, _ in runs]
    assert any((states > 1).any() for states in begun)
