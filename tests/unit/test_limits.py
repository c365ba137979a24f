"""Cases over their legal limit: against plain Python over the rows, and what moves the measure which way."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecasts import api
from forecasts.money import limits_of
from sim import philox
from sim.clocks import DAY
from sim.columns import frame
from sim.engine import reference
from sim.experiment import Collect, replicate, simulate
from sim.limits import LimitMeter, overdue_table
from sim.model.arrays import Model
from sim.model.compile import compile_model
from sim.sampling import Draws
from sim.scenario import load_scenario
from sim.trace import DONE, REFUSED, Trace
from tests.support import scenario_text, toy_ledger, toy_model, toy_scenario

ROWS = [
    {"id": f"p{i}", "signed": f"2021-01-{4 + i % 9:02d}", "county": "xy"[i % 2], "kind": "industry"}
    for i in range(24)
]
TWO = "milestones: [{name: signed}, {name: permitted, activity: permit}, {name: started, activity: start}]"
BODY = """\
activities:
  permit: {{work: {{law: uniform, low: 1 wd, high: 9 wd}}, limit: {limit}, resource: desk, returned: 0.4,
           correct: 3 d{pauses}}}
  start: {{after: [permit], work: 2 wd, limit: 1 wd, prepare: 20 d}}
resources: {{desk: {{kind: office, scope: county, reviewers: {reviewers}}}}}
{more}
"""
PAUSES = ", pauses: {publicity: 1 wd, expert_review: {law: uniform, low: 0 wd, high: 3 wd}}"


def model_of(
    limit: str = "8 wd", reviewers: int = 3, pauses: str = "", more: str = "", **options: Any
) -> Model:
    body = BODY.format(limit=limit, reviewers=reviewers, pauses=pauses, more=more)
    return toy_model(body, ROWS, milestones=TWO, **options)


def plainly(model: Model, draws: Draws, trace: Trace) -> dict[str, tuple[int, int, int]]:
    """Judged, over, minutes over, by activity: row by row, with the clock's own methods."""
    visits: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in range(len(trace.project)):
        visits[int(trace.project[row]), int(trace.activity[row])].append(row)
    found: dict[str, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for (p, a), rows in visits.items():
        c = next(c for c in range(*model.case_offset[p : p + 2]) if model.cases.activity[c] == a)
        scalar = model.limits.limit[c, 0]
        if scalar < 0 or trace.visit[rows[0]] != 0:
            continue
        clock = model.clocks[model.limits.clock[draws.lane[p]]]
        rows = [row for row in rows if trace.visit[row] < draws.rounds[c]]  # noqa: PLW2901 - reruns out
        ends = [min(int(trace.ended[r]), model.horizon) for r in rows]
        starts = [min(int(trace.joined[r]), end) for r, end in zip(rows, ends, strict=True)]
        stops = int(model.limits.stops[c])
        hands = sum(clock.elapsed(*span) for span in zip(starts, ends, strict=True))
        if not stops & 1:
            hands = clock.elapsed(starts[0], ends[-1])
        work = sum(
            clock.elapsed(min(int(trace.served[r]), end), end) for r, end in zip(rows, ends, strict=True)
        )
        pause = 0
        if (model.limits.pause[c] >= 0).any():
            key = [philox.hash_names([name]) for name in (model.project_ids[p], model.activities[a])]
            u = philox.uniforms(draws.seed, draws.replication, *key, 0, philox.PAUSE)[0]
            # publicity is one working day, expert review uniform on 0 to 3
            for bit, minutes in ((2, DAY), (4, int(np.floor(3 * DAY * u[1] + 0.5)))):
                pause += minutes if stops & bit else 0
        over = hands - min(pause, work) - max(int(model.scalars[scalar].value), DAY)
        last = rows[-1]
        if over > 0 or (trace.outcome[last] in (DONE, REFUSED) and trace.ended[last] < model.horizon):
            judged, late, minutes = found[model.activities[a]]
            found[model.activities[a]] = (judged + 1, late + (over > 0), minutes + max(over, 0))
    return dict(found)


WORLDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "pauses": {"pauses": PAUSES},
    "nothing stops the clock": {"pauses": PAUSES, "more": "limits: {stops: []}"},
    "only reviews": {"pauses": PAUSES, "more": "limits: {stops: [expert_review]}"},
    "short": {"horizon_months": 1, "reviewers": 1},
    "at once": {"limit": "0 wd"},
    "leaving": {"more": "withdrawal: {signed: 20 d}"},
    "closed": {"more": "shocks: [{name: s, from: 2021-01-06, to: 2021-01-20, stops: [working, office],"
                       " share_of_units: 0.5}]"},
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_cases_are_judged_as_in_plain_python(world: dict[str, Any]) -> None:
    model = model_of(**world)
    meter = LimitMeter(model)
    assert meter.desks == (("permit", "desk"), ("start", ""))
    for number in range(3):
        draws, trace = simulate(model, 5, number)
        found, plain = meter.count(draws, trace), plainly(model, draws, trace)
        for desk, sums in zip(meter.desks, found.sums.tolist(), strict=True):
            assert tuple(sums) == plain.get(desk[0], (0, 0, 0))
        assert found.judged.sum() == found.sums[:, 0].sum()
        assert found.overdue.sum() == found.sums[:, 1].sum()
        other = reference.run(model, draws)
        assert np.array_equal(meter.count(draws, other).sums, found.sums)


def share(**world: Any) -> float:
    model = model_of(**world)
    outcome = replicate(model, 3, range(20), engine="auto", collect=Collect(("limits",)))
    assert outcome.limits is not None
    table = frame(overdue_table(model, outcome.limits, 20)).set_index("activity")
    return float(table.loc["permit", "overdue_share"])


def test_what_moves_the_share_over_the_limit() -> None:
    plain = share()
    assert 0.05 < plain < 0.95
    assert share(limit="5 wd") > plain
    assert share(reviewers=12) < plain
    assert share(pauses=PAUSES) < plain
    assert share(pauses=PAUSES, more="limits: {stops: [correction]}") == plain
    assert share(limit="12 wd", more="limits: {stops: []}") > share(limit="12 wd")
    assert share(limit="1000 wd") == 0


def test_chunks_and_engines_give_the_same_sums() -> None:
    model, collect = model_of(pauses=PAUSES), Collect(("limits", "load"))
    whole = replicate(model, 3, range(7), engine="auto", collect=collect)
    parts = replicate(model, 3, range(7), engine="reference", collect=collect, chunk=2)
    for name in ("limits", "judged", "overdue"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))
    assert whole.judged is not None
    assert whole.judged.shape == (7, len(ROWS))


ITEMS = """\
id,name_en,name_zh,stage,department_en,statutory_working_days,promised_working_days,predecessors,status,source
permit,Permit,许可,1,Housing,20,7,,sourced,law
filing,Filing,备案,1,Housing,0,0,,sourced,law
"""


@pytest.mark.parametrize(
    ("more", "days"),
    [("", (20, 20)), (", days: promised", (7, 7)), ("}\nlimits: {column: promised", (20, 7))],
)
def test_items_are_limited_by_the_days_in_force(more: str, days: tuple[int, int]) -> None:
    scenario = toy_scenario(f"catalogue: {{file: items.csv{more}}}", files={"items.csv": ITEMS})
    activity = scenario.activities["permit"]
    assert activity.limit is not None
    assert activity.work is not None
    assert (activity.work[0].law.args["value"].value, activity.limit.value) == days
    names = [
        "catalogue.permit.days",
        "catalogue.permit.days" if days[0] == days[1] else "catalogue.permit.limit",
    ]
    assert [activity.work[0].law.args["value"].name, activity.limit.name] == names


def test_a_switched_reform_moves_the_limit_with_the_days(tmp_path: Path) -> None:
    body = """\
catalogue: {file: items.csv}
reforms: {fast: {set: {catalogue: {days: promised}}}}
adopted: [{reform: fast, from: 2021-02-01, applies: switched}]
"""
    (tmp_path / "items.csv").write_text(ITEMS, encoding="utf-8")
    (tmp_path / "toy.yaml").write_text(scenario_text(body), encoding="utf-8")
    scenario = load_scenario(tmp_path / "toy.yaml", adopted=True)
    rows = [{"id": "a", "signed": "2021-01-04"}, {"id": "b", "signed": "2021-03-01"}]
    model = compile_model(scenario, toy_ledger(rows))
    limits = [[int(model.scalars[s].value) // DAY for s in row] for row in model.limits.limit]
    assert [20, 7] in limits
    found = LimitMeter(model).count(*simulate(model, 1, 0))
    assert found.overdue.sum() == 0
    assert found.judged.tolist() == [2, 2]


@pytest.mark.parametrize("stops", ["limits: {stops: []}", ""])
@pytest.mark.parametrize("applies", ["switched", "grandfathered"])
def test_cases_that_joined_before_there_was_a_limit_are_not_judged(
    tmp_path: Path, stops: str, applies: str
) -> None:
    body = f"""\
{stops}
activities: {{permit: {{work: 9 wd}}}}
reforms: {{bound: {{set: {{activities: {{permit: {{limit: 5 wd}}}}}}}}}}
adopted: [{{reform: bound, from: 2021-02-01, applies: {applies}}}]
"""
    (tmp_path / "toy.yaml").write_text(scenario_text(body), encoding="utf-8")
    scenario = load_scenario(tmp_path / "toy.yaml", adopted=True)
    assert limits_of(scenario) == ("limits",)
    assert limits_of(scenario.baseline) == ()
    rows = [{"id": "a", "signed": "2021-01-04"}, {"id": "b", "signed": "2021-03-01"}]
    model = compile_model(scenario, toy_ledger(rows))
    found = LimitMeter(model).count(*simulate(model, 1, 0))
    assert found.judged.tolist() == [0, 1]
    assert found.overdue.tolist() == [0, 1]


def test_a_forecast_leaves_out_cases_whose_past_it_does_not_see() -> None:
    items = [{"id": "p0", "item": "permit", "accepted": "2021-01-05", "returned": "2021-01-08"}]
    model = model_of(items=items, as_of="2021-01-17")
    draws, trace = simulate(model, 1, 0)
    permits = np.flatnonzero(trace.activity == model.activities.index("permit"))
    first = {p: int(trace.visit[permits[trace.project[permits] == p]].min()) for p in range(len(ROWS))}
    assert first[0] == 1
    assert 0 < sum(visit == 0 for visit in first.values()) < len(ROWS)
    found = LimitMeter(model).count(draws, trace)
    assert found.sums[0, 0] == sum(visit == 0 for visit in first.values())


def test_run_and_compare_print_it(tmp_path: Any) -> None:
    made = api.run("kaifeng", replications=4, out=tmp_path / "run")
    rows = {row["activity"]: row for row in made.result["overdue"]}
    assert rows["CPM"]["office"] == "office:housing"
    assert 0 < rows["CPM"]["overdue_share"] < 1
    assert made.tables("zh")[-1].title.startswith("超法定时限")
    limits = ["land-limits"]
    compared = api.compare("kaifeng", limits, replications=4, out=tmp_path / "compare").frame("results")
    mine = compared[(compared["measure"] == "overdue_share") & (compared["group"] == "all")]
    assert len(mine) == 1
    assert mine["value"].between(0, 1).all()
