"""Open phases played by the kernel against the same played by hand, on random worlds and on Kaifeng."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np

from forecasts.inputs import read_inputs
from sim.clocks import Clock
from sim.model.arrays import CHECK, ENDED, INFERRED, Model
from sim.model.compile import compile_model
from sim.sampling import Draws, Sampler
from sim.sampling.mixed import CLOCK, advance, mix, own_minute
from sim.trace import NEVER
from tests.oracles.present import PlayedByHand
from tests.oracles.worlds import random_world

WORLDS = range(12)


def by_hand(model: Model, seed: int, replication: int) -> tuple[Draws, PlayedByHand]:
    draws = Sampler(model).draw(seed, replication)
    return draws, PlayedByHand(model, seed, replication, draws.parameters, draws)


def open_projects(model: Model) -> list[int]:
    return np.unique(model.cases.project[model.known.state == INFERRED]).tolist()


def test_random_worlds_are_those_played_by_hand() -> None:
    taken, strained, held, direct, later = [], 0, 0, 0, 0
    for world in WORLDS:
        model = random_world(world)
        draws, hand = by_hand(model, 5, world)
        strained += int(draws.strained.sum())
        for project in open_projects(model):
            assert hand.differences(project) == [], f"world {world}"
            attempt, _, kept, done = hand.present(project)
            taken.append(attempt)
            held += len(kept)
            direct += sum(model.cases.kind[c] == CHECK and x.rounds > 0 and x.direct for c, x in done.items())
            later += sum(x.visit > 0 for c, x in done.items() if draws.state[c] != ENDED)
    # They have everything that can happen.
    assert min(strained, held, direct, later) > 0
    assert 1 in taken
    assert any(1 < attempt < 50 for attempt in taken)


def test_kaifeng_is_the_one_played_by_hand() -> None:
    inputs = read_inputs("kaifeng", adopted=True, dated=True)
    model = compile_model(inputs.scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
    _, hand = by_hand(model, 3, 1)
    for project in open_projects(model)[::20]:
        assert hand.differences(project) == []


def test_threads_draw_what_one_thread_draws() -> None:
    model = random_world(3)
    sampler = Sampler(model)
    alone = [sampler.draw(1, r) for r in range(40)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda r: sampler.draw(1, r), range(40)))
    for one, other in zip(alone, together, strict=True):
        for f in fields(one):
            assert np.array_equal(getattr(one, f.name), getattr(other, f.name)), f.name


def test_clocks_in_one_table_agree_with_each_clock() -> None:
    rng = np.random.default_rng(1)
    holes = Clock("natural with a hole", [-NEVER, 90], [-40, NEVER])
    clocks = [holes, Clock("never", [], []), Clock("once", [-7], [5])]
    for k in range(4):
        edges = np.unique(rng.integers(-9000, 9000, 20))
        edges = edges[: (len(edges) - k) // 2 * 2]
        clocks.append(Clock(f"c{k}", edges[::2], edges[1::2]))
    table = mix(clocks)
    natural = Clock("natural", [-NEVER], [NEVER])
    for number, clock in enumerate([*clocks, natural]):
        row = CLOCK * number
        for t, d in zip(
            rng.integers(-12000, 12000, 500).tolist(), rng.integers(-2, 9000, 500).tolist(), strict=True
        ):
            assert advance(table, row, t, d) == clock.advance(t, d)
            assert own_minute(table, row, t) == clock.elapsed(0, t)
        assert advance(table, row, NEVER, 1) == advance(table, row, 5, NEVER) == NEVER
        assert advance(table, row, NEVER, 0) == NEVER
