"""Worlds full of ties notice every clause of the rules that is broken."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from sim.engine import desks, reference, rules
from sim.engine.settling import Office, Quota
from tests.engines.played import tables
from tests.engines.worlds import make_world


@pytest.fixture(scope="module")
def worlds() -> list[Any]:
    made = [make_world(random.Random(seed)) for seed in range(300)]
    return [(world, tables(reference.run(*world))) for world in made]


def break_closed_office(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Office, "fits", lambda self, request, now: request.amount <= self.free)


def break_order(monkeypatch: pytest.MonkeyPatch) -> None:
    count = itertools.count()
    monkeypatch.setattr(rules, "queue_key", lambda *_: (next(count), 0, 0, 0))


def break_finishing_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WITHDRAWAL", 0)


def break_leaving_before_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WITHDRAWAL", 4)


def break_settling_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    settle: Any = desks.Desks.settle

    def one_by_one(self: desks.Desks) -> None:
        rest = sorted(self.touched)[1:]
        self.touched = set(sorted(self.touched)[:1])
        settle(self)
        for r in rest:
            self.touch(r)

    monkeypatch.setattr(desks.Desks, "settle", one_by_one)


def break_reserved_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Quota, "fits", lambda self, request, now: request.amount <= self.available())


@pytest.mark.parametrize(
    "broken",
    [
        break_closed_office, break_order, break_finishing_first, break_leaving_before_service,
        break_settling_at_once, break_reserved_account,
    ],
)  # fmt: skip
def test_the_worlds_notice_a_broken_clause(monkeypatch: pytest.MonkeyPatch, worlds: Any, broken: Any) -> None:
    """Worlds come out differently when a clause is broken, or the oracle would prove nothing."""
    broken(monkeypatch)
    assert any(tables(reference.run(*world)) != before for world, before in worlds)
