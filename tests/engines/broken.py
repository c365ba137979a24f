"""The reference engine with one clause of its rules broken: what tests must notice."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from sim.engine import desks, reference, rules
from sim.engine.settling import Office, Quota
from sim.review import Board


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


def break_orders_at_service(monkeypatch: pytest.MonkeyPatch) -> None:
    work: Any = reference._City.work_minutes

    def at_service(self: Any, c: int, slot: int, joined: int, effort: int) -> int:
        return int(work(self, c, slot, joined, self.effort(c, self.env.now)))

    monkeypatch.setattr(reference._City, "work_minutes", at_service)


def break_front_of_those_who_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks.Desks, "rank", lambda *_: None)


def break_turning_away(monkeypatch: pytest.MonkeyPatch) -> None:
    sit: Any = Board.sit

    def open_house(self: Board, trace: Any, t: int) -> Any:
        orders = sit(self, trace, t)
        return replace(orders, turned_away=orders.turned_away & (trace.milestones[:, 0] < 0))

    monkeypatch.setattr(reference, "Board", type("OpenHouse", (Board,), {"sit": open_house}))


#: Ways to break what reviews order, which only scenarios with reviews can notice.
REVIEW_CLAUSES = (break_orders_at_service, break_front_of_those_who_wait, break_turning_away)

#: Every way to break the rest.
CLAUSES = (
    break_closed_office, break_order, break_finishing_first, break_leaving_before_service,
    break_settling_at_once, break_reserved_account,
)  # fmt: skip
