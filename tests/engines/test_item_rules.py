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
activities:
  impact: {tolerate: true, prepare: {value: 40 d, range: none}}
  design: {tolerate: true, prepare: {value: 40 d, range: none}}
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


def test_an_item_that_is_cut_is_not_done_and_passes_its_precedence_on(tmp_path: Path) -> None:
    cut = "consolidation: {cut: [impact]}\n"
    assert change(tmp_path, "", cut) < -1
    assert "impact" not in played(tmp_path, cut)[0].activities
    model, runs = played(tmp_path, "consolidation: {cut: [start]}\n", dated=True)
    assert model.milestone_case[0, model.milestones.index("started")] >= 0
    permit, built = (wait(model, runs, name) for name in ("permitted", "built"))
    assert np.nanmin(built - permit) > 0


BATCHES = """\
activities:
  construction: {split: {at: {value: 0.7, range: none}}}
  acceptance: {after: [construction], work: 60 d%s}
"""


def lengths(model: Model, draws: Draws, activity: str) -> npt.NDArray[np.int64]:
    """Drawn minutes of the first visit of an activity, project by project."""
    cases = model.cases.activity == model.activities.index(activity)
    return draws.work[model.cases.slot_offset[:-1][cases], 0].astype(np.int64)


def test_parts_of_an_activity_are_parts_of_its_draw(tmp_path: Path) -> None:
    split = "activities: {construction: {split: {at: {value: 0.7, range: none}}}}\n"
    (plain, before), (parted, after) = played(tmp_path), played(tmp_path, split)
    for (one, _), (other, _) in zip(before, after, strict=True):
        whole = lengths(plain, one, "construction")
        first, rest = (lengths(parted, other, name) for name in ("construction.first", "construction"))
        assert np.abs(first + rest - whole).max() <= 1
        assert np.abs(first - 0.7 * whole).max() <= 1


def test_acceptance_beside_the_rest_of_construction_saves_time(tmp_path: Path) -> None:
    """A reform may add no milestone, so acceptance is timed by its own visits."""
    ends = []
    for overlay in (BATCHES % "", BATCHES % ", split: {at: 0.5, after: [construction.first]}"):
        model, runs = played(tmp_path, overlay)
        number = model.activities.index("acceptance")
        ends.append([t.ended[(t.activity == number) & (t.ended < NEVER)].mean() / 1440 for _, t in runs])
    assert np.mean(np.subtract(ends[1], ends[0])) < -10


def test_open_phases_are_played_with_parts(tmp_path: Path) -> None:
    split = "activities: {construction: {split: {at: 0.5}}}\n"
    model, runs = played(tmp_path, split, dated=True)
    states = [draws.state[model.cases.activity == model.activities.index("construction.first")]
              for draws, _ in runs]  # fmt: skip
    assert any((state > 1).any() for state in states)


MONEY = """\
activities:
  money: {work: {value: %d d, range: none}}
  start: {after: [permit, money]}
"""
TERM = MONEY + "lapse: {item: permit, before: start, after: 3 mo%s}\n"


def test_a_permit_that_cannot_be_used_in_time_is_done_again(tmp_path: Path) -> None:
    assert change(tmp_path, MONEY % 700, TERM % (700, ""), "started") > 5
    model, runs = played(tmp_path, TERM % (700, ""))
    assert "void" in outcomes(model, runs, "permit.lapse")


def test_a_permit_used_in_time_does_not_lapse(tmp_path: Path) -> None:
    assert change(tmp_path, MONEY % 1, TERM % (1, ""), "started") == 0
    model, runs = played(tmp_path, TERM % (1, ""))
    assert outcomes(model, runs, "permit.lapse") <= {"direct", "withdrawn"}


def test_extensions_keep_a_permit_alive(tmp_path: Path) -> None:
    longer = TERM % (700, ", extensions: 2, extension: 18 mo")
    assert change(tmp_path, TERM % (700, ""), longer, "started") < -5
    model, _ = played(tmp_path, longer)
    check_case = int(np.flatnonzero(model.cases.activity == model.activities.index("permit.lapse"))[0])
    assert model.cases.grace[check_case] == round(39 * 365.2425 / 12 * 1440)


def test_the_term_of_a_converted_permit_runs_from_its_conversion(tmp_path: Path) -> None:
    converted = TERM % (700, "") + (
        "mode: {approval: pre-review}\n"
        "pre_review: {convert: 1 wd, void: 0.5, land: land, filing: impact, permit: permit}\n"
    )
    converted = converted.replace("activities:\n", "activities:\n  permit: {pre_review: true}\n")
    model, runs = played(tmp_path, converted)
    names = np.array(model.activities)[model.cases.activity]
    since = model.cases.since[names == "permit.lapse"]
    assert set(names[since]) == {"permit.convert"}
    assert "void" in outcomes(model, runs, "permit.lapse")
    for draws, _ in runs:
        target = model.cases.target[draws.void & (model.cases.kind == 2)]
        assert len(set(target.tolist())) == len(target)


def test_open_phases_are_played_with_terms(tmp_path: Path) -> None:
    model, runs = played(tmp_path, TERM % (300, ""), dated=True)
    names = np.array(model.activities)[model.cases.activity]
    assert any((draws.state[names == "start.others"] == 1).any() for draws, _ in runs)


#: Named numbers, so that nothing but being done together tells the two cities apart.
TOGETHER = """\
activities: {design: {returned: {value: 0.3, range: none}}, impact: {returned: {value: 0.3, range: none}}}
consolidation: {merge: {joint: {items: [impact, design], label: {en: Joint, zh: 合并}}}}
"""
APART = TOGETHER.split("consolidation", maxsplit=1)[0]


def test_merged_items_take_the_longest_of_their_own_draws(tmp_path: Path) -> None:
    (apart, before), (together, after) = played(tmp_path, APART), played(tmp_path, TOGETHER)
    assert "impact" not in together.activities
    for (one, _), (other, _) in zip(before, after, strict=True):
        items = [lengths(apart, one, name) for name in ("impact", "design")]
        assert np.array_equal(np.maximum(*items), lengths(together, other, "joint"))
        names = np.array(apart.activities)[apart.cases.activity]
        rounds = [one.rounds[names == name] for name in ("impact", "design")]
        joint = np.array(together.activities)[together.cases.activity] == "joint"
        assert np.array_equal(np.maximum(*rounds), other.rounds[joint])


def test_merged_items_are_one_request_and_relieve_a_busy_office(tmp_path: Path) -> None:
    busy = "resources: {office: {reviewers: {value: 1, range: none}}}\n"
    assert change(tmp_path, APART + busy, TOGETHER + busy) < -5


def test_precedence_goes_round_merged_items(tmp_path: Path) -> None:
    model, _ = played(tmp_path, "consolidation: {merge: {joint: {items: [land, permit]}}}\n")
    joint = int(np.flatnonzero(model.cases.activity == model.activities.index("joint"))[0])
    before = model.cases.pred[model.cases.pred_offset[joint] : model.cases.pred_offset[joint + 1]]
    assert {model.activities[a] for a in model.cases.activity[before]} == {"impact", "design"}
    assert model.milestone_case[0, 1] == model.milestone_case[0, 2] == joint


def test_open_phases_are_played_with_merged_items(tmp_path: Path) -> None:
    model, runs = played(tmp_path, TOGETHER, dated=True)
    joint = model.cases.activity == model.activities.index("joint")
    assert any((draws.state[joint] > 1).any() for draws, _ in runs)
