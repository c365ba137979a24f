"""One replication of the reference engine over all candidates: what "really" happened to each.

A slot is a project of the portfolio without a date; its candidates are copies of it that differ only in
their signing date and their luck. All of them are simulated together, in a city that is as many times
as large as there are candidates for a new start, so that its offices and its land are as busy as one
city's would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from scipy.stats import beta, norm

from scenarios.portfolio.attributes import Dealer, Margins
from scenarios.portfolio.signing import signing_dates
from sim.engine.reference import run
from sim.ledger.table import from_rows
from sim.model.arrays import MEETING, OFFICE, QUOTA, UNLIMITED, Model
from sim.model.compile import compile_model
from sim.philox import OVERRUN, hash_name, uniforms
from sim.sampling import sample
from sim.sampling.draws import Draws
from sim.scenario import Scenario
from sim.trace import NEVER, Trace

#: The seed of everything drawn by the generator: the first from 20210930 on for which every slot finds a
#: candidate of its class.
SEED = 20210931
DEALER = Dealer(SEED)

#: Candidates of one slot. New starts set the size of the city; the other classes have as many more as
#: keeps the number of signings a month the same before July 2020 as after.
COPIES = {"new_start": 6, "continuing": 20, "completing": 20, "reserve": 6}
LAST_DAY = date(2026, 12, 31)


@dataclass(frozen=True)
class History:
    """The simulated city: one row of `rows` per candidate, with its row number in the model."""

    rows: list[dict[str, Any]]
    model: Model
    draws: Draws
    trace: Trace

    def parameter(self, name: str) -> float:
        """Give the value that this world drew for a parameter of the scenario."""
        names = [p.name for p in self.model.parameters]
        return float(self.draws.parameters[names.index(name)])

    def when(self, row: int, milestone: str) -> date | None:
        """Give the date of a milestone of a candidate, None if it never came."""
        minute = int(self.trace.milestones[row, self.model.milestones.index(milestone)])
        return None if minute >= NEVER else self.day(minute)

    def left(self, row: int) -> date | None:
        """Give the date a candidate withdrew, None if it stayed."""
        minute = int(self.trace.withdrawn[row])
        return None if minute >= NEVER else self.day(minute)

    def day(self, minute: int) -> date:
        """Give the date of a minute."""
        return self.model.epoch + timedelta(days=minute // 1440)

    def built_share(self, row: int, on: date) -> float:
        """Share of the construction done by the end of a day, counted on the site clock."""
        columns = [self.model.milestones.index(name) for name in ("started", "built")]
        begin, end = self.trace.milestones[row, columns]
        minute = ((on - self.model.epoch).days + 1) * 1440
        if minute <= begin:
            return 0.0
        if minute >= end:
            return 1.0
        first, last = self.model.case_offset[row], self.model.case_offset[row + 1]
        site = self.model.activities.index("construction")
        case = first + int(np.flatnonzero(self.model.cases.activity[first:last] == site)[0])
        clock = self.model.clocks[self.model.cases.clock[case, self.draws.lane[row]]]
        return float(clock.elapsed(int(begin), minute) / clock.elapsed(int(begin), int(end)))


def candidates(slots: Sequence[dict[str, Any]], margins: Margins) -> list[dict[str, Any]]:
    """Give every slot its candidates, each with a signing date of the class."""
    rows: list[dict[str, Any]] = []
    for year_class, copies in COPIES.items():
        group = [slot for slot in slots if slot["year_class"] == year_class]
        names = [slot["slot"] for slot in group]
        for copy in range(copies):
            order = np.argsort(np.argsort(DEALER.luck(names, f"signed {copy}"), kind="stable"), kind="stable")
            u = (order + DEALER.luck(names, f"day {copy}")) / len(names)
            days = signing_dates(u, year_class, margins)
            rows += [
                {**slot, "id": f"{slot['slot']} {copy:02d}", "signed": day}
                for slot, day in zip(group, days, strict=True)
            ]
    return sorted(rows, key=lambda row: row["id"])


def _enlarge(model: Model, draws: Draws) -> Draws:
    """Give a city as large as its candidates: more reviewers, more quota, larger sessions."""
    factor = COPIES["new_start"]
    grows = np.isin(model.resources.kind, (OFFICE, QUOTA))
    capacity = np.where(grows, draws.capacity * factor, draws.capacity).astype(np.int32)
    of_land = np.isin(model.resources.kind[model.events.resource], (QUOTA, MEETING))
    limited = of_land & (draws.event_value < UNLIMITED)
    value = np.where(limited, draws.event_value * factor, draws.event_value).astype(np.int32)
    return replace(draws, capacity=capacity, event_value=value)


def simulate(scenario: Scenario, slots: Sequence[dict[str, Any]], margins: Margins) -> History:
    """Run all candidates from the first signing on, with parameters drawn from their ranges."""
    rows = candidates(slots, margins)
    ledger = from_rows(
        [{k: v for k, v in row.items() if k != "slot"} for row in rows],
        scenario.milestone_names,
        source="candidates",
    )
    model = compile_model(scenario, ledger, as_of=None, until=LAST_DAY, arrivals=False)
    draws = _enlarge(model, sample(model, SEED, 0))
    return History(rows, model, draws, run(model, draws))


def invested(history: History, row: int, on: date) -> float:
    """Money booked by the end of a day, in 亿元: land and early cost, then an S curve of the works."""
    budget = float(history.rows[row]["investment"])
    land_day = history.when(row, "land_supplied")
    if land_day is None or land_day > on:
        return 0.0
    land = budget * history.parameter("investment.land_share")
    u = uniforms(SEED, 0, hash_name(history.rows[row]["id"]), hash_name("overrun"), 0, OVERRUN)[0, 0]
    total = budget * float(np.exp(history.parameter("investment.overrun.sigma") * norm.ppf(u)))
    done = beta.cdf(
        history.built_share(row, on),
        history.parameter("investment.curve.a"),
        history.parameter("investment.curve.b"),
    )
    return float(land + (total - land) * done)
