"""Lists and ranks of a forecast against plain loops over the same replications."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path as File
from typing import Any

import numpy as np
import pytest

from forecasts import api
from forecasts.cohorts import chain_rows, cohort_rows, removed_minutes
from forecasts.forecasting import make_forecast
from forecasts.inputs import read_inputs
from forecasts.money import drawn
from forecasts.nextlist import next_lists
from forecasts.outlook import Period
from forecasts.path import Path
from forecasts.report.page import figures_of, render
from forecasts.report.statements import page_marks
from forecasts.results import rounded
from forecasts.shown import tables_of
from forecasts.standing import standing
from forecasts.words import Language
from sim.checking import check_inputs
from sim.errors import InputError
from sim.experiment import Collect, Outcome, pilot, replicate
from sim.model.arrays import Model
from sim.model.compile import with_pilot
from sim.ranks import Rules
from sim.scenario import load_scenario
from sim.scenario.ranking import Ranking
from tests.unit.test_ranks import plain_ranks, plain_scores

REPLICATIONS = 40
DAY = 1440
LISTS = {
    "H-05": "sign-1;start-1",
    "H-08": "sign-1;start-1",
    "H-10": "sign-1",
    "H-12": "sign-1",
    "H-14": "sign-1",
}
SCENARIO = """
extends: hello
ledger: ledger.csv
plan: plan.csv
counts: {productions: built}
withdrawal: {signed: {law: exponential, mean: 9 mo}}
lists:
  - {name: sign-1, kind: sign, event: 2024-06-01, cutoff: 2024-05-10, removal: {on: "09-30"}}
  - {name: start-1, kind: start, event: 2024-06-01, cutoff: 2024-05-10,
     removal: {on: "12-31", when: {county: West}, share: {value: 0.5, range: [0.2, 0.8]}}}
  - {name: start-2, kind: start, event: 2024-11-15, cutoff: 2024-09-10, size: 3, eligible: {area: "< 60"}}
  - {name: production-2, kind: production, event: 2024-11-15, cutoff: 2024-09-10, from: start-1}
ranking:
  of: {kind: industry}
  indicators:
    starts: {weight: {value: 2, range: [1, 3]}, milestone: started}
    area: {weight: 1, milestone: permitted, amount: area}
    planned: {weight: {value: 1, range: none}, milestone: started, per: plan}
    part: {weight: {value: 1, range: none}, milestone: built, per: members}
    money: {weight: 1, money: year, per: plan}
    growth: {weight: {value: 1, range: none}, money: year, per: booked}
    told: {weight: {value: 1, range: none}, given: {North: 2}, less: true}
  bonus: [{milestone: started, when: {key_level: provincial}, points: {value: 1.5, range: none}, most: 1}]
"""


def scenario_file(folder: File) -> File:
    """Hello with two counties more than it has, lists, and all kinds of indicators."""
    source = load_scenario("hello")
    ledger, plan = source.ledger_path(), source.plan_path()
    assert ledger is not None
    assert plan is not None
    rows = list(csv.DictReader(ledger.read_text(encoding="utf-8").splitlines()))
    for row in rows:
        row["list"] = LISTS.get(row["id"], "")
        row["county"] = {"H-09": "North", "H-11": "North"}.get(row["id"], row["county"])
    with (folder / "ledger.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    (folder / "plan.csv").write_text(plan.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    return folder / "scenario.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    inputs = read_inputs(scenario_file(tmp_path_factory.mktemp("standing")), adopted=True)

    def run(name: str, model: Model, collect: Collect) -> Outcome:
        model = with_pilot(model, pilot(model, 1))
        return replicate(model, 1, range(REPLICATIONS), collect=collect)

    return make_forecast(inputs, run, seed=1, fixed=False)


@pytest.fixture(scope="module")
def path(made: tuple[dict[str, Any], Path]) -> Path:
    return made[1]


def minute(path: Path, day: date) -> int:
    """First minute after a day."""
    return (day - path.model.epoch).days * DAY + DAY


def reached(path: Path, name: str) -> Any:
    return path.outcome.milestones[..., path.model.milestones.index(name)]


def test_next_list_as_plain_loops_say(path: Path) -> None:
    found = next_lists(path)
    row = next(r for r in found["next_lists"] if r["list"] == "start-2")
    ids, end = list(path.model.project_ids), minute(path, date(2024, 11, 15))
    ledger = path.inputs.ledger
    area = dict(zip(ledger.ids, ledger.number("area"), strict=True))
    open_ = [
        i for i, started in zip(ledger.ids, ledger.dates["started"], strict=True)
        if started is None and area[i] < 60 and "start" not in LISTS.get(i, "")
    ]  # fmt: skip
    chance = {i: float((reached(path, "started")[:, ids.index(i)] < end).mean()) for i in open_}
    order = sorted(open_, key=lambda i: (-chance[i], i))
    listed = [r for r in found["next_list"] if r["list"] == "start-2"]
    assert [r["id"] for r in listed] == order
    assert [r["chance"] for r in listed] == [chance[i] for i in order]
    through = [
        [bool(reached(path, "started")[r, ids.index(i)] < end) for i in order] for r in range(REPLICATIONS)
    ]
    for n, one in enumerate(listed, start=1):
        assert one["all_so_far"] == pytest.approx(np.mean([all(t[:n]) for t in through]))
    for level in (80, 90):
        sure = level / 100 - 1e-9
        numbers = range(len(order) + 1)
        assert row[f"each{level}"] == sum(c >= sure for c in chance.values())
        assert row[f"whole{level}"] == max(
            n for n in numbers if np.mean([all(t[:n]) for t in through]) >= sure
        )
        assert row[f"promise{level}"] == max(
            n for n in numbers if np.mean([sum(t) >= n for t in through]) >= sure
        )
        best = max(n for n in range(4) if np.mean([sum(t[:3]) >= n for t in through]) >= sure)
        assert row[f"of_size{level}"] == best
    assert row["size"] == 3
    assert row["expected"] == pytest.approx(np.mean([sum(t[:3]) for t in through]))
    assert len(set(chance.values())) > 3


def test_a_production_list_is_turned_over_from_its_start_list(path: Path) -> None:
    found = next_lists(path)
    assert {r["id"] for r in found["next_list"] if r["list"] == "production-2"} == {"H-05", "H-08"}
    (chain,) = chain_rows(path)
    assert (chain["from_size"], chain["size"], chain["turned_over"], chain["known_count"]) == (2, 0, 0, 0.0)


def test_a_list_without_a_milestone_to_reach_is_left_out_and_said(path: Path) -> None:
    scenario = path.inputs.scenario
    counts = scenario.counts.model_copy(update={"productions": None})
    without = scenario.model_copy(update={"counts": counts})
    found = next_lists(replace(path, inputs=replace(path.inputs, scenario=without)))
    assert [row["list"] for row in found["next_lists"]] == ["start-2"]
    assert found["next_lists_left_out"] == [{"list": "production-2", "needs": "counts.productions"}]
    (english,), (chinese,) = page_marks(found, "en"), page_marks(found, "zh")
    assert (
        english
        == "list production-2 is left out of the next lists: the scenario does not say `counts.productions`"
    )
    assert "production-2 未列入下期名单" in chinese
    assert next_lists(path)["next_lists_left_out"] == []


def test_a_list_without_a_milestone_to_reach_is_a_warning(tmp_path: File) -> None:
    file = scenario_file(tmp_path)
    file.write_text(SCENARIO.replace("counts: {productions: built}\n", ""), encoding="utf-8")
    (found,) = [p for p in check_inputs(file) if p.path == "lists.3.kind"]
    assert (found.severity, found.expected) == ("warning", "`productions:` under `counts:`")


def test_the_second_column_takes_the_removed_off(path: Path) -> None:
    rows = {(r["name"], r["group"]): r for r in cohort_rows(path, fixed=False)}
    row = rows["start_rate_of_signed_less_removed", "sign-1"]
    who = [path.model.project_ids.index(i) for i in LISTS]
    end, day = minute(path, path.period.until), minute(path, date(2024, 9, 30))
    starts, left = reached(path, "started")[:, who], path.outcome.withdrawn[:, who]
    off = (left < day) & (starts >= day)
    assert off.any()
    share = [((s < end) & ~o).sum() / (~o).sum() for s, o in zip(starts, off, strict=True)]
    assert (row["p10"], row["p90"]) == pytest.approx(tuple(np.quantile(share, [0.1, 0.9])))
    assert row["known_denominator"] == 5


def test_a_share_of_the_open_ones_is_taken_off(path: Path) -> None:
    """Both are open at the end of the year; the one in the east may not be taken off."""
    rows = {(r["name"], r["group"]): r for r in cohort_rows(path, fixed=False)}
    row = rows["built_rate_of_started_less_removed", "start-1"]
    spec = path.inputs.scenario.lists[1]
    off = removed_minutes(path, spec, path.outcome, "built", fixed=False) < 2**30
    east, west = (path.model.project_ids.index(i) for i in ("H-05", "H-08"))
    assert not off[:, east].any()
    assert 0.2 < off[:, west].mean() < 0.8
    assert row["denominator"] in (1.0, 1.5, 2.0)


def test_matured_shares_of_a_sign_list(path: Path) -> None:
    rows = {(r["name"], r["group"]): r for r in cohort_rows(path, fixed=False)}
    row = rows["started_within_183d_of_signed", "sign-1"]
    last = path.period.until
    ledger = path.inputs.ledger
    signed = dict(zip(ledger.ids, ledger.dates["signed"], strict=True))
    mature = [i for i in LISTS if signed[i] <= last - timedelta(days=183)]
    assert row["denominator"] == len(mature)
    shares = []
    for r in range(REPLICATIONS):
        times = [reached(path, "started")[r, path.model.project_ids.index(i)] for i in mature]
        limits = [minute(path, signed[i] + timedelta(days=183)) - DAY for i in mature]
        shares.append(np.mean([t <= limit for t, limit in zip(times, limits, strict=True)]))
    assert row["p50"] == pytest.approx(np.median(shares))


def values_of(path: Path, r: int, more: str = "") -> list[list[float]]:
    """Indicators of East, North and West in one replication, without arrays; `more`: one more start there."""
    model, ledger, money = path.model, path.inputs.ledger, path.money
    assert money is not None
    begin, end = minute(path, date(2023, 12, 31)), minute(path, path.period.until)
    rows = {i: n for n, i in enumerate(ledger.ids)}
    found = []
    for unit in ("East", "North", "West"):
        mine = [
            p
            for p, county in enumerate(model.attributes.county)
            if county == unit and path.outcome.active[r, p]
        ]
        time = {
            name: {p: reached(path, name)[r, p] for p in mine} for name in ("started", "permitted", "built")
        }
        this = {name: [p for p in mine if begin <= time[name][p] < end] for name in time}
        extra = 1 if unit == more else 0
        due = [
            p for p in mine
            if (d := ledger.planned["started"][rows[model.project_ids[p]]]) is not None and d.year == 2024
        ]  # fmt: skip
        plan = sum(model.attributes.plan_this_year[p] for p in mine)
        year = sum(money.year_reported[r, p] for p in mine)
        found.append(
            [
                len(this["started"]) + extra,
                sum(model.attributes.area[p] for p in this["permitted"]),
                (sum(time["started"][p] < end for p in due) + extra) / len(due),
                len(this["built"]) / len(mine),
                year / plan,
                math.nan,  # the ledger has no column of money booked before
                2.0 if unit == "North" else math.nan,
            ]
        )
    return found


def bonus_of(path: Path, r: int) -> list[float]:
    begin, end = minute(path, date(2023, 12, 31)), minute(path, path.period.until)
    a = path.model.attributes
    found = []
    for unit in ("East", "North", "West"):
        count = sum(
            begin <= t < end
            for t, county, level in zip(reached(path, "started")[r], a.county, a.key_level, strict=True)
            if county == unit and level == "provincial"
        )
        found.append(1.5 * min(count, 1))
    return found


def test_where_no_project_names_its_unit_nobody_is_ranked(path: Path) -> None:
    scenario = path.inputs.scenario.model_copy(update={"units": "no_such_column"})
    found = standing(replace(path, inputs=replace(path.inputs, scenario=scenario)), fixed=False)
    assert found == {"ranking": [], "ranking_indicators": [], "ranking_method": None}


def test_ranks_as_plain_loops_say(path: Path) -> None:
    found = standing(path, fixed=False)
    ranking = path.inputs.scenario.ranking
    assert ranking is not None
    numbers = list(range(REPLICATIONS))
    weights = np.stack(
        [drawn(i.weight, 1, numbers, fixed=False) for i in ranking.indicators.values()], axis=1
    )
    assert len(np.unique(weights[:, 0])) == REPLICATIONS
    less = [name == "told" for name in ranking.indicators]
    ranks, gains, totals = [], {u: [] for u in range(3)}, []
    for r in numbers:
        bonus = bonus_of(path, r)
        score = plain_scores(values_of(path, r), weights[r].tolist(), Rules(), less)
        totals.append([s + b for s, b in zip(score, bonus, strict=True)])
        ranks.append(plain_ranks(totals[-1]))
        for u, unit in enumerate(("East", "North", "West")):
            other = plain_scores(values_of(path, r, unit), weights[r].tolist(), Rules(), less)
            gains[u].append(ranks[-1][u] - plain_ranks([s + b for s, b in zip(other, bonus, strict=True)])[u])
    by_unit = {row["unit"]: row for row in found["ranking"]}
    assert [row["rank_mean"] for row in found["ranking"]] == sorted(
        row["rank_mean"] for row in found["ranking"]
    )
    for u, unit in enumerate(("East", "North", "West")):
        mine, row = np.array(ranks)[:, u], by_unit[unit]
        assert row["rank_mean"] == pytest.approx(mine.mean())
        assert row["p_first"] == pytest.approx((mine == 1).mean())
        assert row["rank_p90"] == np.quantile(mine, 0.9, method="inverted_cdf")
        assert row["score"] == pytest.approx(np.mean(totals, axis=0)[u])
        assert row["score_sd"] == pytest.approx(np.std(totals, axis=0)[u], abs=1e-6)
        assert row["one_more_places"] == pytest.approx(np.mean(gains[u]))
        assert row["one_more_up"] == pytest.approx((np.array(gains[u]) > 0).mean())
    rows = {row["indicator"]: row for row in found["ranking_indicators"]}
    assert rows["growth"]["missing"] == 1.0
    assert rows["told"]["missing"] == pytest.approx(2 / 3)
    assert sum(row["weight"] for row in rows.values()) == pytest.approx(1)


def ranked(path: Path, **update: Any) -> dict[str, Any]:
    """Standing under another ranking."""
    ranking = Ranking.model_validate(update, context=None)
    scenario = path.inputs.scenario.model_copy(update={"ranking": ranking})
    return standing(replace(path, inputs=replace(path.inputs, scenario=scenario)), fixed=False)


def test_a_unit_without_a_score_has_no_rank_and_stands_last(path: Path) -> None:
    told = {"given": {"North": 2, "West": 1}, "weight": 1}
    found = ranked(path, indicators={"told": told})
    assert [(row["unit"], row["rank_p50"], row["score"]) for row in found["ranking"]] == [
        ("North", 1, 100.0), ("West", 2, 0.0), ("East", None, None),
    ]  # fmt: skip
    east = found["ranking"][-1]
    assert (east["unscored"], east["known_rank"], east["p_first"], east["p_last"]) == (1.0, None, 0.0, 0.0)
    assert found["ranking"][1]["p_last"] == 1.0
    worst = ranked(path, indicators={"told": told}, missing="worst")
    assert worst["ranking"][-1]["rank_p50"] == 2  # by the declared rule it is as bad as the worst
    assert {row["unscored"] for row in worst["ranking"]} == {0.0}


def test_a_column_nobody_has_is_missing_not_constant(path: Path) -> None:
    found = ranked(path, indicators={
        "told": {"given": {"North": 2}, "weight": 1}, "nobody": {"given": {}, "weight": 1},
        "same": {"given": {"North": 2, "West": 2, "East": 2}, "weight": 1},
    })  # fmt: skip
    rows = {row["indicator"]: (row["constant"], row["missing"]) for row in found["ranking_indicators"]}
    assert rows["nobody"] == (0.0, 1.0)
    assert rows["same"] == (1.0, 0.0)


def test_nobody_has_a_rank_before_anything_counts(path: Path) -> None:
    starts = {"starts": {"milestone": "started", "weight": 1}}
    now = {row["known_rank"] for row in ranked(path, indicators=starts)["ranking"]}
    assert now > {1}
    first = replace(path, period=Period.of(date(2024, 1, 1), path.period.until))
    none = ranked(first, indicators=starts)["ranking"]
    assert {row["known_rank"] for row in none} == {None}
    assert all(row["rank_p50"] for row in none)


def test_given_values_of_a_unit_nobody_is_in(tmp_path: File) -> None:
    file = scenario_file(tmp_path)
    file.write_text(SCENARIO.replace("{North: 2}", "{Nroth: 2, Elsewhere: 1}"), encoding="utf-8")
    line = 1 + SCENARIO.splitlines().index(next(t for t in SCENARIO.splitlines() if "told" in t))
    found = {p.got: str(p) for p in check_inputs(file) if p.severity == "error"}
    assert f"scenario.yaml:{line} ranking.indicators.told.given.Nroth" in found["Nroth"]
    assert "did you mean `North`?" in found["Nroth"]
    assert "a known county: East, North, West" in found["Elsewhere"]
    with pytest.raises(InputError, match="did you mean `North`"):
        api.forecast(file, replications=2, out=tmp_path / "run")


def test_blocks_change_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def all_of() -> Iterator[Any]:
        yield next_lists(path)
        yield cohort_rows(path, fixed=False)
        yield chain_rows(path)
        yield standing(path, fixed=False)

    whole = [rounded(part) for part in all_of()]
    monkeypatch.setattr("sim.experiment.scratch.CELLS", 7 * len(path.model.project_ids))
    assert [rounded(part) for part in all_of()] == whole


def test_one_more_start_never_costs_a_place(path: Path) -> None:
    """Min-max of more starts: the unit itself gains or stays, whatever it does to the others."""
    for row in standing(path, fixed=False)["ranking"]:
        assert row["one_more_places"] >= 0
        assert row["one_more_up"] <= 1


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ("next list", "ranking")), ("zh", ("下期名单", "县区排名"))]
)
def test_tables_pages_and_figures_in_both_languages(
    made: tuple[dict[str, Any], Path], lang: Language, words: tuple[str, ...]
) -> None:
    result = made[0]
    titles = " ".join(table.title for table in tables_of(result, lang))
    figures = figures_of(result, lang)
    assert {"next_list_start-2", "ranking"} <= set(figures)
    page = render(result, lang, pictures={})
    for word_ in words:
        assert word_ in titles
        assert word_ in page
    for row in result["next_list"]:
        assert row["id"] in page
    labels = [text.get_text() for text in figures["ranking"].axes[0].get_yticklabels()]
    assert labels == [row["unit"] for row in result["ranking"]][::-1]


def test_counties_have_the_names_of_the_scenario(tmp_path: File) -> None:
    file = scenario_file(tmp_path)
    file.write_text(SCENARIO + "labels: {county: {East: {en: The East, zh: 东区}}}\n", encoding="utf-8")
    made = api.forecast(file, replications=2, out=tmp_path / "run")
    chinese, english = (render(made.result, lang, pictures={}) for lang in ("zh", "en"))
    assert ">东区<" in chinese
    assert ">East<" not in chinese
    assert ">The East<" in english
    labels = [t.get_text() for t in figures_of(made.result, "zh")["ranking"].axes[0].get_yticklabels()]
    assert sorted(labels) == ["North", "West", "东区"]
    file.write_text(SCENARIO + "labels: {conty: {East: East}}\n", encoding="utf-8")
    assert "did you mean `county`?" in [p.remedy for p in check_inputs(file)]


def test_without_blocks_there_is_nothing_to_show() -> None:
    inputs = read_inputs("hello", adopted=True)
    assert inputs.scenario.ranking is None

    def run(name: str, model: Model, collect: Collect) -> Outcome:
        return replicate(with_pilot(model, pilot(model, 1)), 1, range(2), collect=collect)

    result, _ = make_forecast(inputs, run, seed=1, fixed=False)
    assert (result["ranking"], result["next_lists"], result["chain"]) == ([], [], [])
    assert not any("ranking" in table.title for table in tables_of(result, "en"))
    assert "ranking" not in figures_of(result, "en")
    assert "ranking" not in render(result, "en", pictures={})
