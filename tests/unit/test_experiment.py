"""Experiments: the same bytes however they are cut, shared out, interrupted or resumed."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

import sim.experiment.bench as bench_module
import sim.experiment.one as one_module
from sim.columns import frame
from sim.errors import KaigongError
from sim.experiment import (
    Collect,
    Outcome,
    Progress,
    Waits,
    event_log,
    event_logs,
    milestone_table,
    pilot,
    replicate,
    simulate,
    workshop,
)
from sim.experiment.visits import Visits
from sim.model.arrays import OFFICE, Model
from sim.queues import Load
from sim.trace import NEVER
from tests.city import DAY, Act, Place, city

ALL = Collect(names=("waits", "load", "lengths", "visits"), construction=2)


@pytest.fixture(scope="module")
def model() -> Model:
    acts = (
        Act("A", prepare=("exponential", 9 * DAY), work=("lognormal", 4 * DAY, 0.5), returned=0.3,
            resource="desk"),
        Act("C", after=("A",), work=("lognormal", 15 * DAY, "sigma"), clock=1),
        Act("D", after=("C",), work=("lognormal", 200 * DAY, 0.5), rounds=1),
    )  # fmt: skip
    past = [(), (-20 * DAY,), (-90 * DAY, -40 * DAY)]
    places = {f"p{i:02d}": Place(past[i % 3], unit=f"u{i % 2}", signed=i * DAY) for i in range(12)}
    return city(
        places,
        acts,
        (("signed", None), ("permitted", "C"), ("built", "D")),
        parameters={"sigma": (0.5, 0.3, 0.8)},
        resources={"desk": (OFFICE, 1)},
        patience=("exponential", 2000 * DAY),
        horizon=200 * DAY,
    )


def visits_of(visits: Visits) -> list[tuple[bytes, ...]]:
    return [
        (
            block.numbers[[place]].tobytes(),
            *(c[block.replication() == place].tobytes() for c in block.columns),
        )
        for _, block in visits.blocks()
        for place in range(len(block.counts))
    ]


def same(a: Outcome, b: Outcome) -> None:
    for field in fields(Outcome):
        left, right = getattr(a, field.name), getattr(b, field.name)
        if isinstance(left, Waits):
            pd.testing.assert_frame_equal(left.table(), right.table())
        elif isinstance(left, Visits):
            assert visits_of(left) == visits_of(right)
        elif isinstance(left, Load):
            assert all(np.array_equal(getattr(left, f.name), getattr(right, f.name)) for f in fields(Load))
        elif isinstance(left, np.ndarray):
            assert left.dtype == right.dtype
            assert left.tobytes() == right.tobytes(), field.name
        else:
            assert left == right


def test_replication_seven_alone_is_replication_seven_of_many(model: Model) -> None:
    many, alone = replicate(model, 1, range(13), collect=ALL), replicate(model, 1, [7], collect=ALL)
    assert (many.milestones[7] == alone.milestones[0]).all()
    assert (many.parameters[7] == alone.parameters[0]).all()
    assert many.lengths is not None
    assert alone.lengths is not None
    assert (many.lengths[7] == alone.lengths[0]).all()
    waits = many.waits.table()
    seventh = waits[waits["replication"] == 7].reset_index(drop=True)
    pd.testing.assert_frame_equal(seventh, alone.waits.table())


def test_two_processes_give_the_same_bytes(model: Model) -> None:
    same(replicate(model, 1, range(23), collect=ALL), replicate(model, 1, range(23), collect=ALL, workers=2))


def test_threads_and_chunks_give_the_same_bytes(model: Model) -> None:
    whole = replicate(model, 1, range(23), collect=ALL)
    for workers, chunk in ((1, None), (2, None), (3, 1), (None, 7)):
        same(
            replicate(model, 1, range(23), engine="compiled", collect=ALL, workers=workers, chunk=chunk),
            whole,
        )


def test_processes_start_only_where_they_are_worth_it(model: Model, monkeypatch) -> None:
    whole = replicate(model, 1, range(23), collect=ALL)
    asked: list[int] = []
    monkeypatch.setattr(
        workshop, "Processes", lambda setup, count: asked.append(count) or workshop.Here(setup)
    )
    same(replicate(model, 1, range(23), collect=ALL, workers=None, chunk=10), whole)
    assert not asked
    monkeypatch.setattr(workshop, "WORTH_WORKERS", 0.0)
    monkeypatch.setattr(workshop, "cores", lambda: 2)
    same(replicate(model, 1, range(23), collect=ALL, workers=None, chunk=10), whole)
    assert asked == [2]


def test_waits_are_added_up_by_any_columns(model: Model) -> None:
    waits = replicate(model, 1, range(23), collect=ALL).waits
    table = waits.table()
    for columns in (["cause"], ["phase", "owner"], ["project", "activity", "resource"]):
        sums = table.groupby(columns, observed=True)["minutes"].sum().reset_index()
        assert waits.total(columns)[columns].astype(str).equals(sums[columns].astype(str))
        assert waits.total(columns)["minutes"].tolist() == sums["minutes"].tolist()
    assert sum(len(part["minutes"]) for part in waits.tables()) == len(waits) == len(table)


def test_an_interrupted_experiment_goes_on_with_the_same_bytes(model: Model, tmp_path) -> None:
    whole = replicate(model, 1, range(25), collect=ALL)

    def stop(progress: Progress) -> None:
        if progress.done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replicate(model, 1, range(25), collect=ALL, progress=stop, resume=tmp_path, chunk=10)
    assert len(list(tmp_path.iterdir())) == 1
    same(replicate(model, 1, range(25), collect=ALL, resume=tmp_path, chunk=10), whole)
    assert len(list(tmp_path.iterdir())) == 3


def test_finished_parts_are_read_not_run(model: Model, tmp_path, monkeypatch) -> None:
    first = replicate(model, 1, range(12), resume=tmp_path)
    monkeypatch.setattr(one_module.reference, "run", None)
    same(replicate(model, 1, range(12), resume=tmp_path), first)


def test_a_broken_part_is_run_again(model: Model, tmp_path) -> None:
    first = replicate(model, 1, range(3), resume=tmp_path)
    next(tmp_path.iterdir()).write_bytes(b"half a fi")
    same(replicate(model, 1, range(3), resume=tmp_path), first)


def test_progress_tells_rate_and_time_left(model: Model) -> None:
    seen: list[Progress] = []
    replicate(model, 1, range(12), collect=(), progress=seen.append, chunk=10)
    assert [p.done for p in seen] == [10, 12]
    assert seen[0].left == pytest.approx(2 / seen[0].rate)
    assert seen[1].left == 0


def test_what_is_read_from_disk_is_no_part_of_the_rate(model: Model, tmp_path) -> None:
    replicate(model, 1, range(20), collect=(), chunk=10, resume=tmp_path)
    seen: list[Progress] = []
    replicate(model, 1, range(40), collect=(), chunk=10, resume=tmp_path, progress=seen.append)
    assert [(p.done, p.read) for p in seen] == [(10, 10), (20, 20), (30, 20), (40, 20)]
    assert [seen[1].rate, seen[1].left] == [0, math.inf]
    assert seen[2].rate == pytest.approx(10 / seen[2].seconds)
    assert seen[2].left == pytest.approx(10 / seen[2].rate)


def test_traces_are_kept_only_when_asked_for(model: Model) -> None:
    assert replicate(model, 1, range(2)).kept == ()
    outcome = replicate(model, 1, range(2), collect=("traces",))
    assert [trace.replication for _, trace in outcome.kept] == [0, 1]
    assert outcome.load is None
    assert not len(outcome.waits)
    assert outcome.waits.table().empty
    log = event_log(model, outcome)
    assert len(log) == sum(len(trace.project) for _, trace in outcome.kept)
    assert set(log["outcome"]) <= {"done", "returned", "open", "withdrawn"}
    assert event_log(model, replicate(model, 1, [0])).empty


def test_collected_visits_tell_what_kept_traces_tell(model: Model) -> None:
    kept = replicate(model, 1, range(13), collect=("traces",))
    streamed = replicate(model, 1, range(13), collect=("visits",), chunk=5)
    assert not streamed.kept
    tables = [frame(table) for table in event_logs(model, streamed)]
    assert len(tables) == 3
    pd.testing.assert_frame_equal(pd.concat(tables, ignore_index=True), event_log(model, kept))
    assert not list(event_logs(model, kept))


def test_one_replication_can_be_looked_at_alone(model: Model) -> None:
    draws, trace = simulate(model, 1, 5)
    assert draws.replication == trace.replication == 5
    assert (trace.milestones == replicate(model, 1, range(6)).milestones[5]).all()


def test_every_replication_is_checked(model: Model, monkeypatch) -> None:
    checked: list[int] = []
    check = lambda self, draws, trace: checked.append(trace.replication)  # noqa: E731
    monkeypatch.setattr(bench_module.Auditor, "check", check)
    replicate(model, 1, range(12))
    assert checked == list(range(12))


def test_milestones_become_dates(model: Model) -> None:
    outcome = replicate(model, 1, range(2))
    table = milestone_table(model, outcome)
    assert len(table) == (outcome.milestones < NEVER).sum()
    first = table[
        (table["replication"] == 1) & (table["project"] == "p01") & (table["milestone"] == "signed")
    ]
    assert first["time"].tolist() == [pd.Timestamp("2021-09-11")]
    assert outcome.reached(0, 0).sum() == 2 * 8


def test_the_pilot_measures_waits_only_where_an_open_phase_is_played(model: Model) -> None:
    waits = pilot(model, 1)
    asks = model.cases.resource >= 0
    assert (waits[~asks] == 0).all()
    assert (waits[asks] > 0).all()
    assert (pilot(model, 1) == waits).all()
    future = replace(model, known=replace(model.known, state=np.zeros_like(model.known.state)))
    assert (pilot(future, 1) == 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"replications": []}, "replications: got none, expected at least one"),
        ({"workers": 0}, "workers: got 0, expected at least 1"),
        ({"engine": "steam"}, "--engine: got 'steam', expected auto, compiled or reference"),
        ({"collect": ("wait",)}, "collect: got wait, expected some of waits, load"),
        ({"collect": ("lengths",)}, "collect: lengths need the milestone that ends construction"),
    ],
)
def test_errors_say_what_was_expected(model: Model, change: dict[str, object], message: str) -> None:
    given = {"replications": range(2), **change}
    with pytest.raises(KaigongError, match=message):
        replicate(model, 1, **given)  # type: ignore[arg-type]
