"""`kaigong forecast --reported`: the year's end from reported figures, and where it is not told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from forecasts import api
from forecasts.cli import main
from forecasts.inyear import fit_reported, year_total
from forecasts.scoring import read_reference
from forecasts.words import LANGUAGES
from sim.scenario import shipped_root

RNG = np.random.default_rng(7)
SHAPE = np.array([8.0, 6, 7, 8, 11, 8, 8, 9, 8, 8, 9])
MONEY = np.cumsum(SHAPE * RNG.lognormal(0, 0.1, (7, 11)) / 7, axis=1).round(3)
STARTS = np.cumsum(RNG.poisson(2.0, (7, 11)), axis=1)
BUILT = np.cumsum(RNG.poisson(1.0, (7, 11)), axis=1)
PLAN = 14.0


def figures(folder: Path, *, header: str = "月份,累计完成投资(万元),开工,竣工", later: bool = False) -> Path:
    """Figures of 2018 to June 2024 (hello's ledger is as of 30 June); completions from 2022 on only."""
    rows = [header]
    for y in range(7):
        for i, month in enumerate(range(2, 13)):
            if 2018 + y == 2024 and month > 6 + later:
                break
            built = str(BUILT[y, i]) if y >= 4 else ""
            rows.append(f"{2018 + y}-{month:02d},{MONEY[y, i] * 1e4:.0f},{STARTS[y, i]},{built}")
    path = folder / "figures.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code: object = 0
    try:
        main(list(arguments))
    except SystemExit as stop:
        code = stop.code or 0
    out, err = capsys.readouterr()
    return int(str(code)), out, err


def made(folder: Path, reported: Path | None) -> api.Made:
    return api.forecast("hello", reported=reported, replications=4, seed=3, out=folder / "run")


def test_the_year_is_told_as_by_hand(tmp_path: Path) -> None:
    found = made(tmp_path, figures(tmp_path, later=True)).result["in_year"]
    money, starts = found["measures"]
    total = year_total(MONEY[:6], MONEY[6, :5], key=(3, "in year", "investment"))
    assert [money["p10"], money["p50"], money["p90"]] == pytest.approx(total.total[[19, 99, 179]].tolist())
    assert money["p_met"] == pytest.approx(total.chance(PLAN))
    assert (money["done"], money["plan"], money["known_to"]) == (pytest.approx(MONEY[6, 4]), PLAN, "2024-06")
    assert (money["tested"], money["width_factor"], money["years"]) == (3, pytest.approx(total.factor), 6)
    assert money["required_rate"] == pytest.approx((PLAN - MONEY[6, 4]) / 6)
    assert (money["share_of_plan"], money["even_pace"]) == (pytest.approx(MONEY[6, 4] / PLAN), 0.5)
    said = {row["member"]: row["total"] for row in found["said"] if row["measure"] == "investment"}
    assert said["year_pro_rata"] == pytest.approx(2 * MONEY[6, 4])
    assert set(said) == {f"year_{name}" for name in total.members}
    assert starts["class_standing"] is None
    assert [row["measure"] for row in found["left_out"]] == ["completions"]
    assert (found["left_out"][0]["why"], found["left_out"][0]["years"]) == ("short", 2)
    # July is later than the ledger's as-of date.
    assert found["notes"] == [{"what": "later", "month": "2024-07", "day": "2024-06-30"}]


def test_the_date_of_half_the_plan_is_that_of_the_paths(tmp_path: Path) -> None:
    money = made(tmp_path, figures(tmp_path)).result["in_year"]["measures"][0]
    paths = year_total(MONEY[:6], MONEY[6, :5], key=(3, "in year", "investment")).cumulative
    first = np.sort(np.where((paths >= PLAN / 2).any(1), (paths >= PLAN / 2).argmax(1) + 2, 99))
    wanted = [int(first[int(np.ceil(len(first) * q)) - 1]) for q in (0.1, 0.5, 0.9)]
    halves = [money[key] for key in ("half_p10", "half_p50", "half_p90")]
    assert halves == [None if m == 99 else f"2024-{m:02d}" for m in wanted]


def test_other_places_are_a_process_of_their_own(tmp_path: Path) -> None:
    money = made(tmp_path, figures(tmp_path)).result["in_year"]["measures"][0]
    rows = [
        r
        for r in read_reference(shipped_root() / "reference_class.csv", "Hello")
        if r["project_class"] == "all"
    ]
    curve = fit_reported(
        [int(r["month_end"]) for r in rows], [float(r["pct_of_annual_plan"]) / 100 for r in rows]
    )
    assert money["class_standing"] == pytest.approx(curve.standing(6, MONEY[6, 4] / PLAN), abs=1e-6)
    assert money["class50"] == pytest.approx(curve.quantiles(6)[99], abs=1e-6)


def test_tables_pages_and_figures_in_both_languages(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    few = ["--replications", "4", "--reported", str(figures(tmp_path)), "--out", str(tmp_path / "run")]
    wanted = {
        "en": ("even pace", "last year's path", "three are needed"),
        "zh": ("序时进度", "按去年进度", "不足三年"),
    }
    for lang in LANGUAGES:
        code, out, _ = call(capsys, "forecast", "hello", *few, "--lang", lang)
        assert code == 0
        page = (tmp_path / "run" / f"report.{lang}.html").read_text(encoding="utf-8")
        for text in wanted[lang]:
            assert text in out
            assert text in page.replace("&#39;", "'")
        assert 'alt="year_investment"' in page
        assert (tmp_path / "run" / f"year_investment.{lang}.png").stat().st_size > 10_000
    result = json.loads(call(capsys, "forecast", "hello", *few, "--json")[1])
    monthly = [row for row in result["in_year"]["monthly"] if row["measure"] == "investment"]
    assert [row["known"] for row in monthly] == [True] * 5 + [False] * 6


def test_the_rest_of_the_forecast_is_as_without(tmp_path: Path) -> None:
    with_, without = made(tmp_path / "a", figures(tmp_path)).result, made(tmp_path / "b", None).result
    assert "in_year" not in without
    assert {**with_, "in_year": None} == {**without, "in_year": None}


def test_bad_figures_are_bad_input(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad = figures(tmp_path, header="月份,累计完成投资,开工数量,竣工")
    out = ["--replications", "4", "--out", str(tmp_path / "run")]
    code, _, err = call(capsys, "forecast", "hello", "--reported", str(bad), *out)
    assert code == 2
    assert "figures.csv row 1 累计完成投资: got no unit" in err
    assert "2 problem(s)" in err
    assert not (tmp_path / "run").exists()
    code, _, err = call(capsys, "forecast", "hello", "--reported", str(tmp_path / "none.csv"), *out)
    assert (code, "no such file" in err) == (2, True)
