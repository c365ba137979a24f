"""Simulation-based calibration of the present: forecasts from inferred open phases are unbiased.

A history is one replication of a whole city from its first signing. Its milestones up to an as-of date
become a ledger, the ledger becomes a forecast with the same fixed parameters, and the forecast is held
against what the history did next.

Tolerance: over the histories, the mean of (forecast mean - truth) lies within `LIMIT` standard errors of
zero for every milestone and horizon, plus `SLACK` of a forecast's standard deviation (dates of a ledger
are whole days, queue waits of the past are means). What a quota has left on the as-of date is not in the
ledger; a scenario states it as `initial`, and so does the test, with the balance of each history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from scenarios.portfolio.attributes import Dealer, make_slots, read_margins
from sim.engine.reference import run
from sim.experiment import Collect, replicate
from sim.experiment.pilot import pilot
from sim.ledger import Ledger, from_rows
from sim.model.arrays import QUOTA, REFILL, Model
from sim.model.compile import compile_model, with_pilot
from sim.sampling import Draws, Sampler
from sim.scenario import Scenario, load_scenario
from sim.trace import NEVER, Trace
from tests.support import toy_scenario

LIMIT, SLACK, SEED, FIRST = 3.0, 0.25, 7, 2_000_000
Floats = npt.NDArray[np.float64]
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class City:
    """A scenario, its signings up to the as-of date, and the days on which events are counted."""

    scenario: Scenario
    rows: Rows
    as_of: date
    ends: tuple[int, ...]
    factor: bool

    def model(self, ledger: Ledger, **span: Any) -> Model:
        """Compile, without the common factor unless it is wanted."""
        model = compile_model(self.scenario, ledger, arrivals=False, **span)
        wanted = model.factor_phase & self.factor
        return replace(model, factor_phase=wanted, content_hash=f"{model.content_hash} {self.factor}")

    def whole(self) -> Model:
        """Compile the city from its first signing on."""
        until = self.as_of + timedelta(days=self.ends[-1] + 1)
        return self.model(from_rows(self.rows, self.scenario.milestone_names), as_of=None, until=until)

    def ledger(self, model: Model, trace: Trace) -> Ledger:
        """Cut a history into the ledger of the as-of date."""
        place = {name: p for p, name in enumerate(model.project_ids)}

        def day(minute: int) -> date | None:
            found = model.epoch + timedelta(days=minute // 1440) if minute < NEVER else None
            return found if found is not None and found <= self.as_of else None

        names = self.scenario.milestone_names
        rows = [
            row
            | {n: day(int(trace.milestones[place[row["id"]], k])) for k, n in enumerate(names) if k}
            | {"withdrawn": day(int(trace.withdrawn[place[row["id"]]]))}
            for row in self.rows
        ]
        return from_rows(rows, names)


def counts(milestones: npt.NDArray[np.integer], epoch: int, ends: Sequence[int]) -> Floats:
    """Milestones reached from the epoch until each end, (..., K, ends) from (..., P, K)."""
    t = milestones.astype(np.int64)[..., None] - epoch
    return np.asarray(((t >= 0) & (t < np.array(ends) * 1440)).sum(axis=-3), dtype=np.float64)


def balances(whole: Model, draws: Draws, trace: Trace, epoch: int) -> dict[int, int]:
    """What each quota of a history has left at the epoch (all carried over, one open account)."""
    cases, events = whole.cases, whole.events
    key = cases.project.astype(np.int64) * len(whole.activities) + cases.activity
    case = np.argsort(key)[
        np.searchsorted(np.sort(key), trace.project * len(whole.activities) + trace.activity)
    ]
    found = {}
    for r in np.flatnonzero(whole.resources.kind == QUOTA).tolist():
        granted = (cases.resource[case] == r) & (trace.served < epoch)
        refilled = (events.resource == r) & (events.kind == REFILL) & (events.time < epoch)
        given = int(draws.capacity[r]) + int(draws.event_value[refilled].sum())
        found[r] = given - int(cases.amount[case[granted]].sum())
    return found


def with_balances(model: Model, left: dict[int, int]) -> Model:
    """State the balances on the as-of date, which no ledger knows: a scenario does so by `initial`."""
    capacity, scalar = model.resources.capacity.copy(), model.capacity_scalar.copy()
    for r, amount in left.items():
        capacity[r], scalar[r] = amount, -1
    return replace(model, resources=replace(model.resources, capacity=capacity), capacity_scalar=scalar)


def calibrate(city: City, histories: range, replications: int) -> tuple[Floats, Floats]:
    """Give forecasts (histories, replications, K - 1, ends) and truths (histories, K - 1, ends)."""
    whole = city.whole()
    sampler, epoch = Sampler(whole), ((city.as_of - whole.epoch).days + 1) * 1440
    told, true, waits = [], [], None
    for h in histories:
        draws = sampler.draw(SEED, FIRST + h, fixed=True)
        trace = run(whole, draws)
        model = city.model(city.ledger(whole, trace), as_of=city.as_of, horizon_months=13)
        model = with_balances(model, balances(whole, draws, trace, epoch))
        # Waits differ little from history to history: one pilot serves all.
        waits = pilot(model, SEED) if waits is None else waits
        numbers = range(1000 * h, 1000 * h + replications)
        outcome = replicate(with_pilot(model, waits), SEED, numbers, fixed=True, collect=Collect(names=()))
        told.append(counts(outcome.milestones, 0, city.ends)[:, 1:])
        true.append(counts(trace.milestones, epoch, city.ends)[1:])
    return np.stack(told), np.stack(true)


def off_target(told: Floats, true: Floats, names: Sequence[str], ends: Sequence[int]) -> list[str]:
    """Name every milestone and horizon whose bias is beyond the tolerance."""
    sd = np.sqrt(np.maximum(told.var(axis=1, ddof=1).mean(axis=0), 0.25))
    miss = (told.mean(axis=1) - true) / sd
    mean, error = miss.mean(axis=0), miss.std(axis=0, ddof=1) / np.sqrt(len(miss))
    return [
        f"{names[k]} after {ends[e]} days: z {mean[k, e]:+.2f}, standard error {error[k, e]:.2f}"
        for k, e in np.argwhere(np.abs(mean) > LIMIT * error + SLACK).tolist()
    ]


TOY = """
milestones:
  - {name: signed}
  - {name: land, activity: LND}
  - {name: permitted, activity: permit}
  - {name: started, activity: start}
activities:
  file: {work: {law: lognormal, mean: 20 wd, sigma: 0.5}}
  LND: {after: [file], work: {law: lognormal, mean: 80 wd, sigma: 0.6}}
  survey: {share: 0.4, work: {law: lognormal, mean: 90 wd, sigma: 0.6}, returned: 0.4, max_rounds: 3}
  impact: {after: [file], work: {law: lognormal, mean: 60 wd, sigma: 0.6}, returned: 0.3, max_rounds: 3}
  plan: {after: [LND], work: {law: lognormal, mean: 30 wd, sigma: 0.5}}
  permit: {after: [plan, survey, impact], work: {law: lognormal, mean: 15 wd, sigma: 0.5}}
  finance: {after: [plan], clock: natural, work: {law: uniform, low: 20 d, high: 200 d}}
  start: {after: [permit, finance], work: {law: uniform, low: 5 d, high: 30 d}, clock: natural}
withdrawal: {signed: {law: exponential, mean: 100 mo}}
common_factor: {city: {sd: 0.2}, rho: 0.8}
"""


def toy_city(count: int, *, factor: bool) -> City:
    """A city of three phases with a survey for some, beside the land, and no queue."""
    as_of = date(2020, 10, 31)
    days = ((np.arange(count) + 0.5) / count * 500).astype(int).tolist()
    rows = [{"id": f"p{i:03d}", "signed": as_of - timedelta(days=d)} for i, d in enumerate(days)]
    return City(toy_scenario(TOY), rows, as_of, (92, 181), factor)


def kaifeng_city(*, factor: bool) -> City:
    """The projects of Kaifeng, signed evenly from 2018 to the as-of date."""
    folder = Path(__file__).resolve().parents[2] / "scenarios" / "kaifeng"
    first, as_of = date(2018, 1, 1), date(2020, 10, 31)
    dealer = Dealer(20210931)
    slots = make_slots(read_margins(folder / "margins.csv"), dealer)
    days = dealer.luck([slot["slot"] for slot in slots], "calibration") * ((as_of - first).days + 1)
    rows = [
        {k: v for k, v in slot.items() if k != "slot"}
        | {"id": slot["slot"], "signed": first + timedelta(days=int(day))}
        for slot, day in zip(slots, days, strict=True)
    ]
    return City(load_scenario("kaifeng", adopted=True), rows, as_of, (92, 181, 365), factor)


@pytest.mark.parametrize("factor", [False, True])
def test_a_toy_city_goes_on_as_its_histories_do(factor: bool) -> None:
    city = toy_city(120, factor=factor)
    told, true = calibrate(city, range(10), 3)
    assert off_target(told, true, city.scenario.milestone_names[1:], city.ends) == []


@pytest.mark.slow
@pytest.mark.parametrize("factor", [False, True])
def test_kaifeng_goes_on_as_its_histories_do(factor: bool) -> None:
    city = kaifeng_city(factor=factor)
    told, true = calibrate(city, range(16), 5)
    assert off_target(told, true, city.scenario.milestone_names[1:], city.ends) == []
