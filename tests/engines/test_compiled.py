"""The compiled engine against the reference: the same trace in every cell."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from benchmarks.handmade import city
from forecasts.inputs import read_inputs
from sim.engine import compiled, reference
from sim.errors import KaigongError
from sim.experiment.one import ENGINE_NAMES, is_compiled, prepared
from sim.model.arrays import Model
from sim.model.compile import compile_model
from sim.sampling import Sampler
from sim.trace import Trace
from tests.engines.played import tables
from tests.support_engine import Do, Office, Project, World, build_in

DATA = Path(os.environ.get("KAIGONG_DATA", "../shared/data")).absolute()


def assert_equal(expected: Trace, found: Trace) -> None:
    for field in fields(Trace):
        one, other = getattr(expected, field.name), getattr(found, field.name)
        if field.name != "replication":
            assert one.dtype == other.dtype, field.name
        assert np.array_equal(one, other), field.name


def shipped(scenario: str, *, dated: bool) -> Model:
    inputs = read_inputs(scenario, adopted=dated, dated=dated)
    return compile_model(
        inputs.scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until, arrivals=dated
    )


# Compare needs a cohort with a signing date in every row, which the UK's ledger has not.
@pytest.mark.parametrize(
    ("scenario", "dated"),
    [("hello", True), ("hello", False), ("kaifeng", True), ("kaifeng", False), ("uk-renewables", True)],
)
def test_compiled_equals_reference_on_what_is_shipped(
    monkeypatch: pytest.MonkeyPatch, scenario: str, dated: bool
) -> None:
    if scenario == "uk-renewables":
        if not (DATA / "uk_repd_vintages.csv.gz").is_file():
            pytest.skip("set KAIGONG_DATA to the folder of real data")
        monkeypatch.setenv("KAIGONG_DATA", str(DATA))
    model = shipped(scenario, dated=dated)
    sampler, engine = Sampler(model), compiled.CompiledEngine(model)
    for number in range(2):
        draws = sampler.draw(5, number)
        assert_equal(reference.run(model, draws), engine.run(draws))


def test_compiled_equals_reference_in_a_city() -> None:
    model, draws = city(200)
    assert_equal(reference.run(model, draws), compiled.run(model, draws))


def test_threads_do_not_disturb_each_other() -> None:
    model, draws = city(60)
    engine, expected = compiled.CompiledEngine(model), tables(reference.run(model, draws))
    with ThreadPoolExecutor(4) as pool:
        for trace in pool.map(engine.run, [draws] * 12):
            assert tables(trace) == expected


def test_a_run_leaves_nothing_behind() -> None:
    model, draws = city(40)
    engine = compiled.CompiledEngine(model)
    other = build_in(World(resources=[Office("desk")]), [Project("p", [Do("a", 3, asks="desk")])])
    first = tables(engine.run(draws))
    compiled.run(*other)
    assert tables(engine.run(draws)) == first


def test_a_copy_of_a_buffer_in_use_is_as_good_as_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    model, draws = city(40)
    engine = compiled.CompiledEngine(model)
    engine.run(draws)
    monkeypatch.setattr(engine, "_buffers", {})  # another thread has the one there is
    assert_equal(reference.run(model, draws), engine.run(draws))
    assert sum(len(free) for free in engine._buffers.values()) == 1


def test_the_engine_is_chosen_by_name() -> None:
    model, _ = city(1)
    assert [is_compiled(name) for name in ENGINE_NAMES] == [True, True, False]
    assert prepared("auto", model).__self__.__class__ is compiled.CompiledEngine  # type: ignore[attr-defined]
    assert prepared("reference", model).func is reference.run  # type: ignore[attr-defined]
    with pytest.raises(KaigongError, match="--engine: got 'swift', expected auto, compiled or reference"):
        is_compiled("swift")


@pytest.mark.slow
def test_no_place_for_the_cache_is_no_error(tmp_path: Path) -> None:
    """Neither a folder that cannot be made, nor one that is gone; the compile is announced."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    code = "from sim.engine import compiled; compiled.warm(); compiled.warm(); print('ran')"
    given = {"KAIGONG_CACHE": str(tmp_path / "file" / "x"), "XDG_CACHE_HOME": str(tmp_path / "file")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **given}
    )
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr
    assert done.stderr.count("compiling the kernels") == 1
