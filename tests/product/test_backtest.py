"""``kaigong backtest`` and ``kaigong score``, end to end on small worlds whose truth is known."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from forecasts import api, archive
from forecasts.backtest import members, scored, study
from forecasts.backtest.reading import ledger_source
from forecasts.backtest.rolling import Task
from forecasts.backtest.sources import Known, LedgerSource, SeriesSource, read_series
from forecasts.cli import main
from forecasts.history import NEVER, history_from
from forecasts.inputs import read_inputs
from forecasts.judging import Choices
from forecasts.months import label, month_of
from sim.errors import Halfway, InputError

SCENARIO = """\
schema: 1
name: tiny
title: {en: Tiny, zh: 小城}
synthetic: true
defaults: {status: sourced, source: test}
calendar: {country: none}
ledger: ledger.csv
milestones:
  - {name: signed, zh: 签约}
  - {name: started, zh: 开工, activity: start}
  - {name: built, zh: 完工, activity: construction}
counts: {starts: started, completions: built}
activities:
  start: {work: 90 d, owner: applicant}
  construction: {after: [start], work: 200 d, owner: third_party}
"""
FIRST = date(2010, 1, 1)


def ledger_text(years: int = 8, *, reported: bool = False) -> str:
    """Projects signed all the time, started and built after Gamma delays; seen until the last day."""
    rng = np.random.default_rng(1)
    last = date(FIRST.year + years, 1, 1) - timedelta(days=1)
    heads = "id,county,kind,signed,started,built"
    lines = [heads + (",reported_started" if reported else "")]
    for i in range(years * 60):
        signed = FIRST + timedelta(days=int(rng.integers(0, 365 * years)))
        started = signed + timedelta(days=int(rng.gamma(2, 50)))
        built = started + timedelta(days=int(rng.gamma(4, 60)))
        days = [signed, *(d if d <= last else "" for d in (started, built))]
        cells = [f"P{i:04d}", "East" if i % 3 else "West", "industry", *(str(d) for d in days)]
        report = started + timedelta(days=int(rng.integers(0, 90)))
        if reported:
            cells.append(str(report) if days[1] else "")
        if signed <= last:
            lines.append(",".join(cells))
    # The register goes on to its last day: the month is whole.
    tail = [str(last)] if reported else []
    lines.append(",".join(["Z", "East", "industry", str(last), str(last) if reported else "", "", *tail]))
    return "\n".join(lines) + "\n"


@pytest.fixture
def world(tmp_path: Path) -> Path:
    (tmp_path / "ledger.csv").write_text(ledger_text(), encoding="utf-8")
    path = tmp_path / "tiny.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def series_file(folder: Path, months: int = 96) -> Path:
    rng = np.random.default_rng(2)
    permits = rng.poisson(40, months)
    starts = rng.poisson(np.r_[40, permits[:-1]])
    rows = [f"{label(24120 + i)},{a},{b}" for i, (a, b) in enumerate(zip(permits, starts, strict=True))]
    path = folder / "series.csv"
    path.write_text("\n".join(["month,permits,starts", *rows]) + "\n", encoding="utf-8")
    return path


QUICK: Choices = {"paths": 60, "workers": 1, "origins": "2015-12:2016-12"}


def test_every_way_to_forecast_stands_side_by_side(
    world: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = ["--paths", "60", "--origins", "2015-12:2016-12", "--choices-until", "2016-06"]
    with pytest.raises(SystemExit) as stop:
        main(["backtest", str(world), *asked, "--out", str(tmp_path / "run"), "--json"])
    assert not stop.value.code
    result = json.loads(capsys.readouterr().out)
    assert result["origins"] == ["2015-12", "2016-03", "2016-06", "2016-09", "2016-12"]
    assert result["knowledge"] == "final dates"
    assert {"naive", "ets", "arima", "uc", "ledger", "blend", "blend_recalibrated"} <= set(result["members"])
    assert {row["period"] for row in result["pooled"]} == {"all", "choices", "later"}
    ets = next(row for row in result["pooled"] if row["member"] == "ets")
    assert ets["ratio_ets"] == 1.0
    assert len([r for r in result["horizons"] if r["member"] == "ledger" and r["period"] == "all"]) == 12
    assert (tmp_path / "run" / "forecasts.parquet").is_file()


@pytest.mark.parametrize(("lang", "word"), [("en", "upper bound"), ("zh", "上限")])
def test_tables_speak_both_languages_and_say_what_an_origin_knew(
    world: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, lang: str, word: str
) -> None:
    with pytest.raises(SystemExit):
        main(["backtest", str(world), "--member", "naive", "--member", "ets", "--lang", lang,
              "--paths", "60", "--out", str(tmp_path / lang)])  # fmt: skip
    said = capsys.readouterr().out
    assert word in said
    assert "member_" not in said
    assert "period_" not in said


def test_interrupted_and_resumed_with_the_same_bytes(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = api.backtest(world, **QUICK, out=tmp_path / "whole")
    forecast, seen = Task.forecast, list[int]()

    def stopped(self: Task, origin: int) -> object:
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(origin)
        return forecast(self, origin)

    monkeypatch.setattr(Task, "forecast", stopped)
    with pytest.raises(Halfway):
        api.backtest(world, out=tmp_path / "run", **QUICK)

    def counted(self: Task, origin: int) -> object:
        seen.append(origin)
        return forecast(self, origin)

    monkeypatch.setattr(Task, "forecast", counted)
    api.backtest(world, out=tmp_path / "run", **QUICK)
    assert len(seen) == len(set(seen)) == 5
    pair: Choices = {**QUICK, "workers": 2, "out": tmp_path / "two"}
    two = api.backtest(world, **pair)
    for other in (tmp_path / "run", two.folder):
        assert (other / "result.json").read_bytes() == (whole.folder / "result.json").read_bytes()


def test_a_chain_of_series_is_a_member(tmp_path: Path) -> None:
    made = api.backtest(
        series_file(tmp_path), chain="permits,starts", out=tmp_path / "run", paths=200, workers=1
    )
    assert made.result["blend_of"] == ["chain", "uc"]
    rows = {
        r["member"]: r for r in made.result["measures"] if (r["measure"], r["target"]) == ("starts", "total")
    }
    assert rows["chain"]["crps"] < rows["naive"]["crps"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["nothing.csv"], "no such file"),
        (["series.csv", "--chain", "permits,houses"], "houses"),
        (["series.csv", "--chain", "permits"], "two or more measures"),
        (["series.csv", "--measure", "houses"], "one of permits, starts"),
        (["series.csv", "--member", "oracle"], "one of naive"),
        (["series.csv", "--origins", "2011-01:2012-01"], "an origin needs 24 months"),
        (["series.csv", "--origins", "soon"], "write YYYY-MM"),
        (["series.csv", "--horizon", "30"], "1 to 12 months"),
        (["series.csv", "--ledger", "ledger.csv"], "a scenario before it"),
        (["short.csv"], "bring a longer history"),
        (["broken.csv"], "row 3 starts: got many"),
        (["gap.csv"], "every month once"),
        (["tiny.yaml", "--ledger", "none.csv"], "none.csv"),
        (["tiny.yaml", "--ledger", "empty.csv"], "at least one project"),
        (["tiny.yaml", "--ledger", "unborn.csv"], "no date of started"),
        (["tiny.yaml", "--measure", "consents"], "one of starts, completions"),
        (["tiny.yaml", "--extracts"], "leave --extracts out"),
        (["tiny.yaml", "--chain", "a,b"], "leave it out"),
        (["tiny.yaml", "--member", "chain"], "only chain, expected a member that can answer here"),
    ],
)
def test_bad_input_is_a_message_and_exit_2(
    world: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    said: str,
) -> None:
    folder = world.parent
    series_file(folder)
    (folder / "short.csv").write_text("month,starts\n2020-01,3\n2020-02,4\n", encoding="utf-8")
    (folder / "broken.csv").write_text("month,starts\n2020-01,3\n2020-02,many\n", encoding="utf-8")
    (folder / "gap.csv").write_text("month,starts\n2020-01,3\n2020-04,4\n", encoding="utf-8")
    (folder / "empty.csv").write_text("id,signed,started,built\n", encoding="utf-8")
    (folder / "unborn.csv").write_text("id,signed,started,built\nA,2015-01-31,,\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as stop:
        main(["backtest", *options, "--lang", "en"])
    told = capsys.readouterr()
    assert stop.value.code == 2, told
    assert said in told.err
    assert not (folder / "runs").exists()


def test_an_origin_knows_nothing_later(world: Path) -> None:
    """Whatever the ledger says of later months, an origin knows the same."""
    origin, lines = month_of(date(2014, 6, 30)), (world.parent / "ledger.csv").read_text().splitlines()
    before = ledger_source(read_inputs(world, adopted=True, dated=False)).known(origin)
    later = [line for line in lines[1:] if line.split(",")[3] > "2014-06-30"]
    kept = [line for line in lines if line not in later]
    (world.parent / "ledger.csv").write_text(
        "\n".join([*kept, "Y,East,industry,2017-12-31,,"]), encoding="utf-8"
    )
    after = ledger_source(read_inputs(world, adopted=True, dated=False)).known(origin)
    assert before.history is not None
    assert after.history is not None
    assert (before.history.reached == after.history.reached).all()
    assert all((before.series[m] == after.series[m]).all() for m in before.series)


def test_with_dates_of_report_an_origin_knows_what_was_reported(tmp_path: Path) -> None:
    (tmp_path / "ledger.csv").write_text(ledger_text(reported=True), encoding="utf-8")
    path = tmp_path / "tiny.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    source = ledger_source(read_inputs(path, adopted=True, dated=False), measures=["starts"])
    assert source.knowledge == "report dates"
    assert source.last < source.final.cutoff  # the last months are still filling up
    origin = month_of(date(2014, 6, 30))
    known = source.known(origin).series["starts"][-1]
    assert known < source.outcome("starts", origin, 1)[0]


def test_recalibration_learns_from_known_outcomes_only() -> None:
    values = np.random.default_rng(3).poisson(20, 120).astype(float)
    changed = values.copy()
    changed[100:] *= 5
    origins = range(24060, 24108, 3)
    said = {
        o: {"a": scored.Drawn(scored.targets(np.random.default_rng(o).normal(20, 1, (200, 12)), o))}
        for o in origins
    }
    one, other = (scored.recalibrated(SeriesSource(24000, {"a": v}), said) for v in (values, changed))
    for o in origins:
        same = np.array_equal(one[o]["a"].values, other[o]["a"].values)
        assert same or o > 24100
    assert not np.array_equal(one[24105]["a"].values, other[24105]["a"].values)
    assert one[24105]["a"].values[:, 0].std() > 1.5 * said[24105]["a"].values[:, 0].std()


def test_recalibration_waits_until_outcomes_are_reported() -> None:
    random = np.random.default_rng(3)
    history = history_from(
        24119, ("a",), np.repeat(np.arange(24000, 24120), random.poisson(20, 120))[:, None]
    )
    origins = range(24060, 24096, 3)
    said = {
        o: {"a": scored.Drawn(scored.targets(np.random.default_rng(o).normal(20, 1, (200, 12)), o))}
        for o in origins
    }
    at_once, late = (
        scored.recalibrated(LedgerSource(history, {"a": "a"}, 24000, settled=settled), said)
        for settled in (None, 24119 - 6)
    )
    for o in origins[2:]:
        one, other = (
            found["a"].values[:, 0].std() / found_of["a"].values[:, 0].std()
            for found, found_of in ((late[o], said[o]), (at_once[o - 6], said[o - 6]))
        )
        assert one == pytest.approx(other, rel=0.1)  # what was known six months before


def test_targets_are_sums_of_the_same_months() -> None:
    months = np.arange(24.0).reshape(2, 12)
    found = scored.targets(months, month_of(date(2020, 9, 30)))
    assert found[:, 0].tolist() == months.sum(axis=1).tolist()
    assert found[:, 1].tolist() == months[:, :3].sum(axis=1).tolist()
    assert found.shape == (2, 14)


def test_extracts_are_the_only_origins() -> None:
    history = history_from(24011, ("a",), [[m] for m in range(23900, 24012)])
    extracts = {m: history.at(m) for m in (23980, 23991)}
    found = study.prepared(LedgerSource(history, {"starts": "a"}, 23900, extracts), study.Asked())[2]
    assert found == (23980, 23991)
    assert (extracts[23980].reached != NEVER).sum() == 81


def test_extracts_before_the_series_are_no_origins() -> None:
    history = history_from(24011, ("a",), [[m] for m in range(23900, 24012)])
    extracts = {m: history.at(m) for m in (23890, 23910, 23980)}
    found = study.prepared(LedgerSource(history, {"starts": "a"}, 23900, extracts), study.Asked())[2]
    assert found == (23980,)


def test_months_before_all_measures_begin_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("month,a,b\n2020-01,1,\n2020-02,2,5\n2020-03,3,6\n", encoding="utf-8")
    source = read_series(path)
    assert label(source.first) == "2020-02"
    assert source.values["a"].tolist() == [2.0, 3.0]
    path.write_text("month,a\n2020-01,1\n2020-02,\n2020-03,-3\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 4 a: got -3"):
        read_series(path)


def kept_forecast(folder: Path, given: Path) -> Path:
    """A forecast of 2016 made at the end of June: one month right, one not."""
    month = {"measure": "starts", "group": "all", "p10": 0, "p50": 10, "p90": 1000}
    target = {"measure": "starts", "group": "all", "plan": 5, "p_met": 0.9, "p10": 0, "p50": 10, "p90": 20}
    result = {
        "scenario": "tiny", "title": {"en": "Tiny", "zh": "小城"}, "labels": {}, "synthetic": True,
        "as_of": "2016-06-30", "until": "2016-12-31",
        "targets": [
            target | {"version": "original", "p_met": 0.0}, target | {"version": "adjusted"},
        ],
        "monthly": [
            month | {"month_end": "2016-06-30"}, month | {"month_end": "2016-07-31"},
            month | {"month_end": "2016-08-31", "p90": 1}, month | {"month_end": "2030-01-31"},
            month | {"month_end": "2016-08-31", "measure": "investment"},
            month | {"month_end": "2016-07-31", "group": "East"},
        ],
        "projects": [
            {"id": name, "milestone": "built", "planned": "2016-12-31", "p_late": 0.8}
            for name in ("P0001", "gone")
        ],
    }  # fmt: skip
    return archive.keep(result, "0123456789abcdef", str(given), folder / "archive")


def test_kept_forecasts_are_scored_by_a_later_ledger(
    world: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = kept_forecast(tmp_path, world)
    first = file.read_bytes()
    assert kept_forecast(tmp_path, world).read_bytes() == first
    with pytest.raises(SystemExit) as stop:
        main(["score", str(tmp_path / "archive"), "--ledger", str(world.parent / "ledger.csv"), "--json"])
    assert not stop.value.code
    result = json.loads(capsys.readouterr().out)
    rows = (world.parent / "ledger.csv").read_text().splitlines()[1:]
    july = sum("2016-01-01" <= row.split(",")[4] <= "2016-07-31" for row in rows)
    assert result["forecasts"][0]["actual"] == july
    assert [row["inside"] for row in result["forecasts"]] == [True, False, True]
    scores = [(row["group"], row["months"], row["cover80"]) for row in result["measures"]]
    assert scores == [("all", 2, 0.5), ("groups", 1, 1.0)]  # a county's months say nothing of the city's
    assert result["waiting"] == 1
    assert result["not_scored"] == ["investment"]
    assert (result["projects"]["forecasts"], result["projects"]["left_out"]) == (1, 1)
    assert (result["chances"]["forecasts"], result["chances"]["happened"]) == (1, 1.0)
    assert result["chances"]["brier"] == pytest.approx(0.01)
    with pytest.raises(SystemExit):
        main(["score", str(tmp_path / "archive"), "--lang", "zh"])
    assert "台账评分" in capsys.readouterr().out


def test_a_forecast_is_kept_when_it_is_made(world: Path, tmp_path: Path) -> None:
    made = api.forecast(world, as_of="2016-06-30", replications=4, out=tmp_path / "runs" / "one")
    kept = archive.read_archive(tmp_path / "runs" / "archive")
    assert [str(one.as_of) for one in kept] == ["2016-06-30"]
    assert kept[0].content["monthly"][0]["p50"] == made.result["monthly"][0]["p50"]
    result = api.score(tmp_path / "runs" / "archive", as_of=date(2016, 12, 31))
    assert {row["month"] for row in result["forecasts"]} == {f"2016-{m:02d}" for m in range(7, 13)}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["nowhere"], "no such folder"),
        (["bare"], "no forecast in it"),
        (["archive", "--scenario", "other"], "one of tiny"),
        (["archive", "--ledger", "none.csv"], "none.csv"),
        (["archive", "--as-of", "2016-01-31"], "bring a later one"),
        (["torn"], "cannot be read"),
    ],
)
def test_bad_archives_are_a_message_and_exit_2(
    world: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    said: str,
) -> None:
    kept_forecast(world.parent, world)
    for name in ("bare", "torn"):
        (world.parent / name).mkdir()
    (world.parent / "torn" / "a.json").write_text('{"targets": [', encoding="utf-8")
    monkeypatch.chdir(world.parent)
    with pytest.raises(SystemExit) as stop:
        main(["score", *options, "--lang", "en"])
    told = capsys.readouterr()
    assert stop.value.code == 2, told
    assert said in told.err


def test_plans_are_members_where_the_ledger_has_them() -> None:
    """Forty-eight are due a year and half of them come: face value says 48, past realisation 24."""
    months = 24000 + np.arange(96)
    plan = np.repeat(months, 4)[:320]
    came = np.where(np.arange(320) % 2 == 0, plan, NEVER)
    reached = np.stack([np.full(320, 23999), np.where(came < 24060, came, NEVER)], axis=1)
    planned = np.stack([np.full(320, NEVER), plan], axis=1)
    history = history_from(24059, ("a", "b"), reached, planned=planned)
    known = Known(24059, 24000, {}, history, {"starts": "b"})
    by_plan = {m.name: m.forecast(known, 12, 400, 1)["starts"].sum(axis=1) for m in members.PLANS}
    assert by_plan["planned"].tolist() == [48.0]
    assert by_plan["realised"].mean() == pytest.approx(24, rel=0.1)
    assert not any(m.suits(Known(24059, 24000, {})) for m in members.PLANS)
