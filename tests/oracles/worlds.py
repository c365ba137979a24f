"""Random small worlds with all that playing an open phase knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sim.model import arrays
from sim.trace import NEVER
from tests.city import DAY, Act, Place, city

_FACTORS = ((0.0, 0.0, 0.0), (0.2, 0.1, 0.8), (0.0, 0.4, 0.5))


class Chance:
    """What is different in every world."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def __call__(self, share: float) -> bool:
        """Return True in a share of all calls."""
        return bool(self.rng.random() < share)

    def whole(self, low: int, high: int) -> int:
        """Return a number from `low` to below `high`."""
        return int(self.rng.integers(low, high))

    def of(self, *choices: Any) -> Any:
        """Return one of some things."""
        return choices[self.whole(0, len(choices))]

    def law(self, most: int) -> tuple[Any, ...]:
        """Return a law of up to about so many days."""
        m = float(self.whole(1, most)) * DAY
        return self.of(
            ("lognormal", m, 0.7), ("lognormal_mean", m, 0.4), ("exponential", m),
            ("uniform", 0.2 * m, 2 * m), ("constant", m), ("constant", 0.0), ("weibull", 1.4, m),
            ("weibull_mean", 0.8, m), ("gamma", m, 1.7), ("triangular", 0.0, m, 3 * m),
        )  # fmt: skip


def random_world(seed: int) -> arrays.Model:
    """Build a world of a few projects in an open phase."""
    chance = Chance(seed)
    acts = _acts(chance)
    middle = chance.of(*(a.name for a in acts[1:4]))
    model = city(
        {f"p{p}": _place(chance, acts, middle) for p in range(chance.whole(3, 9))},
        acts,
        (("signed", None), ("middle", middle), ("done", "Z")),
        parameters={"q": (0.4, 0.1, 0.8), "s": (0.5, 0.2, 0.9)},
        resources={"board": (arrays.MEETING, 3), "desk": (arrays.OFFICE, 2)},
        sessions=((5 * DAY, "board"),),
        factor=chance.of(*_FACTORS),
        shocks=chance.of({}, {"flood": 0.5}),
    )
    return _varied(chance, model)


def _acts(chance: Chance) -> list[Act]:
    """Return activities in random order of precedence, a conversion, a check of papers and a last one."""
    acts: list[Act] = []
    for i in range(chance.whole(5, 9)):
        after = tuple(a.name for a in acts if chance(0.4))
        kind = chance.of(arrays.WORK, arrays.WORK, arrays.WORK, arrays.GATE) if i else arrays.WORK
        acts.append(
            Act(
                f"{'GATXKQBM'[i]}{i}", after, kind,
                prepare=chance.of(None, chance.law(20)), work=chance.of(chance.law(40), None),
                later_work=chance.of(None, chance.law(10)), correct=chance.of(None, chance.law(10)),
                returned=chance.of(None, 0.3, "q", 0.9), rounds=chance.whole(1, 5),
                applies=chance.of(None, None, 0.5, "q"), flag=chance.of("", "", "common"),
                tolerated=chance.of(None, 0.5, "q"), tolerated_share=chance.of(0.3, "s"),
                clock=chance.whole(-1, 3), resource=chance.of(None, "desk", "board"),
                promised=chance.of(None, None, 0.5, "q"), promise=chance.of(None, chance.law(10)),
                chain={name: chance.of(0.3, "q") for name in after if chance(0.4)},
            )
        )  # fmt: skip
    item, land = acts[0], acts[2]
    if acts[1].kind == arrays.WORK:
        acts[1] = _merged(chance, acts[1])
    checks = [
        Act(f"{item.name}.convert", (item.name, land.name), arrays.CHECK, work=chance.law(10), rounds=2,
            target=item.name, reference=land.name, applies=item.applies, flag=item.flag),
        Act(f"{item.name}.papers", (item.name,), arrays.CHECK, work=chance.law(10),
            rounds=chance.of(1, 2), target=item.name, applies=0.6, flag="papers", void=0.3,
            returned=0.3, allowed=chance.of(-1, 2 * DAY), correct=chance.law(10)),
        Act(f"{item.name}.promise", (item.name,), arrays.CHECK, work=chance.law(10), rounds=1,
            target=item.name, applies=0.6, flag="promise", void=0.5),
        Act(f"{item.name}.lapse", (item.name, land.name), arrays.CHECK, work=None, rounds=1, target=item.name,
            reference=land.name, grace=chance.whole(0, 40 * DAY), applies=item.applies, flag=item.flag,
            void=1.0),
    ]  # fmt: skip
    acts += [check for check in checks if chance(0.7)]
    whole = acts[3]
    if whole.kind == arrays.WORK:
        rest = replace(whole, after=(*whole.after, "first"), split="s", prepare=None)
        first = replace(whole, name="first", split="s", whole=whole.name, rounds=1, returned=None,
                        flag=whole.flag or whole.name)  # fmt: skip
        acts[3:4] = [first, rest]
    kind = chance.of(arrays.WORK, arrays.GATE)
    return [*acts, Act("Z", tuple(a.name for a in acts), kind, work=chance.of(chance.law(40), None))]


def _merged(chance: Chance, act: Act) -> Act:
    """Return an activity made of a few items done together."""

    def member(number: int) -> Act:
        return Act(
            f"M{number}", prepare=chance.of(None, chance.law(20)), work=chance.law(40),
            later_work=chance.of(None, chance.law(10)), correct=chance.law(10),
            returned=chance.of(None, 0.4), rounds=chance.whole(1, act.rounds + 1),
            applies=chance.of(None, 0.5), flag=chance.of("", "common"),
        )  # fmt: skip

    members = tuple(member(number) for number in range(chance.whole(2, 4)))
    return replace(act, members=members, returned=None, applies=None, tolerated=None, resource=None)


def _place(chance: Chance, acts: list[Act], middle: str) -> Place:
    """Return a project somewhere on its way; the ledger may know some of its activities."""
    signed = -chance.whole(0, 250) * DAY - chance.whole(0, DAY)
    past = (signed,) if chance(0.6) else (signed, -chance.whole(0, 1 - signed))
    before = {middle}
    for act in reversed(acts):
        before |= set(act.after) if act.name in before else set()
    states = {}
    for act in acts:
        if act.kind == arrays.WORK and chance(0.08) and not (len(past) > 1 and act.name in before):
            t = -chance.whole(1, 100 * DAY)
            state = chance.of(arrays.SERVICE, arrays.QUEUED, arrays.APPLICANT, arrays.ENDED)
            ended = t if state == arrays.ENDED else NEVER
            states[act.name] = {
                "state": state, "ready": t, "joined": t, "served": t, "ended": ended,
                "visit": chance.whole(0, 2),
            }  # fmt: skip
    return Place(past, unit=chance.of("east", "west"), states=states)


def _varied(chance: Chance, model: arrays.Model) -> arrays.Model:
    """Return a world with two regimes, shared session laws, queue waits, and clocks that differ by lane."""
    cases, rules, rng = model.cases, model.rules, chance.rng
    count, laws = len(cases.kind), len(model.laws.names)
    later = [
        np.c_[first[:, 0], np.where(first[:, 0] >= 0, rng.integers(0, laws, count), -1)].astype(np.int32)
        for first in (rules.work, rules.rework)
    ]
    clock = cases.clock.copy()
    clock[:, 1:] = rng.integers(-1, 3, clock[:, 1:].shape)
    waits = np.where(rng.random(count) < 0.6, rng.integers(0, 40 * DAY, count), 0)
    return replace(
        model,
        rules=replace(rules, work=later[0], rework=later[1]),
        regime_start=np.array([-NEVER, -200 * DAY], dtype=np.int32),
        session_law=np.array([chance.whole(-1, laws), -1], dtype=np.int32),
        factor_phase=np.array([True, chance(0.7), True]),
        cases=replace(
            cases, clock=clock, scaled=rng.random(count) < 0.8, session_law=rng.random(count) < 0.5
        ),
        pilot_wait=waits.astype(np.int32),
    )
