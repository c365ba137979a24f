"""Every engine against the reference on worlds full of ties, in every cell."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engines.played import ENGINES
from tests.engines.worlds import make_parts
from tests.support_engine import Do, Project, World, build_in

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
OTHERS = pytest.mark.parametrize("engine", [name for name in ENGINES if name != "reference"])


def differ(engine: str, world: World, projects: list[Project]) -> list[str]:
    """Tables in which an engine differs from the reference; both have to be able to run."""
    model, draws = build_in(world, projects)
    expected, found = ENGINES["reference"](model, draws), ENGINES[engine](model, draws)
    return [name for name, table in expected.items() if found[name] != table]


def smallest(
    world: World, projects: list[Project], wrong: Callable[[World, list[Project]], Any]
) -> list[Project]:
    """Leave out projects and cases one by one as long as the engines still differ."""
    again = True
    while again:
        again = False
        for p in range(len(projects) - 1, -1, -1):
            for c in [None, *range(len(projects[p].cases) - 1, -1, -1)]:
                fewer = deepcopy(projects)
                if c is None:
                    del fewer[p]
                else:
                    fewer[p].cases = [d for i, d in enumerate(fewer[p].cases) if i != c]
                try:
                    still = wrong(world, fewer)
                except (AssertionError, KeyError, ValueError, IndexError):
                    continue
                if still:
                    projects, again = fewer, True
                    break
            if again:
                break
    return projects


def agree(engine: str, chance: random.Random) -> None:
    world, projects = make_parts(chance)
    wrong = differ(engine, world, projects)
    if wrong:
        least = smallest(world, projects, lambda *fewer: differ(engine, *fewer))
        given = "from tests.support_engine import *\nfrom tests.engines.test_equal import differ\n"
        shown = f"print(differ({engine!r}, {world!r}, {least!r}))"
        pytest.fail(f"{wrong} differ; the smallest such world:\n{given}{shown}")


@OTHERS
@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(chance=st.randoms(use_true_random=False))
def test_engines_agree(engine: str, chance: random.Random) -> None:
    """Hypothesis shrinks what it finds here."""
    agree(engine, chance)


@OTHERS
@pytest.mark.parametrize("block", range(2))
def test_engines_agree_in_blocks(engine: str, block: int) -> None:
    for seed in range(block * 125, block * 125 + 125):
        agree(engine, random.Random(seed))


@pytest.mark.slow
@OTHERS
@pytest.mark.parametrize("block", range(5))
def test_engines_agree_often(engine: str, block: int) -> None:
    for seed in range(10_000 + block * 1000, 11_000 + block * 1000):
        agree(engine, random.Random(seed))


def test_a_failure_shows_a_smallest_world() -> None:
    world, projects = make_parts(random.Random(3))
    projects = [*projects, Project("zz", [Do("a", 3), Do("b", 1)])]

    def wrong(_: World, found: list[Project]) -> bool:
        return any(d.name == "a" and d.work == 3 for p in found if p.name == "zz" for d in p.cases)

    (left,) = smallest(world, projects, wrong)
    assert (left.name, [d.name for d in left.cases]) == ("zz", ["a"])
    assert eval(repr(left), {"Project": Project, "Do": Do}) == left
