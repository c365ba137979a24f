"""The reference engine with one clause of its rules broken: what tests must notice."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from sim.engine import desks, rules
from sim.engine.settling import Office, Quota


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


#: Every way to break it.
CLAUSES = (
    break_closed_office, break_order, break_finishing_first, break_leaving_before_service,
    break_settling_at_once, break_reserved_account,
)  # fmt: skip
