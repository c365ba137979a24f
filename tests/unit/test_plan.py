"""Plans: languages, units, versions, scopes; broken ones are in `test_ledger_broken`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forecasts.inputs import read_inputs
from sim.checking import check_inputs
from sim.errors import InputError
from sim.plan import Scope, plan_of_bytes, read_plan, write_plan

ENGLISH = b"""scope,measure,target,unit,year,month,county,kind,version,date
,investment,3500000,\xe4\xb8\x87\xe5\x85\x83,2021,,,,original,
,starts,40,projects,2021,,,,original,
,starts,18,projects,2021,6,,,original,
,starts,36,projects,2021,,,,adjusted,2021-07-15
year_class=new_start;kind=industry,starts,9,projects,2021,,Weishi,,original,
"P1, P2",completions,2,projects,2021,,,,original,
"""
CHINESE = """范围,指标,目标值,单位,年度,月份,县区,类别,版本,调整日期
,投资,350,亿元,2021,,,,原计划,
,新开工,40,个,2021,,,,原计划,
,开工,18,个,2021,2021年6月,全市,,,
,开工,36,个,2021年,,,,调整后,2021年7月15日
年度性质,,,,,,,,,
""".replace(
    "年度性质,,,,,,,,,\n",
    "year_class=新开工;kind=工业,开工,9,个,2021,,Weishi,,原计划,\nP1、P2,竣工,2,个,2021,,,,原,\n",
)


def test_english_and_chinese_say_the_same() -> None:
    english = plan_of_bytes(ENGLISH, "t.csv").targets
    assert plan_of_bytes(CHINESE.encode("gb18030"), "t.csv").targets == english
    assert [t.target for t in english] == [350.0, 40.0, 18.0, 36.0, 9.0, 2.0]
    assert english[2].due == date(2021, 6, 30)
    assert english[3].adopted == date(2021, 7, 15)
    assert english[5].scope.ids == ("P1", "P2")
    assert english[4].group == "Weishi / year_class=new_start;kind=industry"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_written_and_read_again_it_is_the_same(tmp_path: Path, lang: str, ending: str) -> None:
    plan = plan_of_bytes(ENGLISH, "t.csv")
    path = write_plan(plan, tmp_path / f"plan{ending}", lang=lang)  # type: ignore[arg-type]
    assert read_plan(path).targets == plan.targets


def test_targets_are_chosen_by_measure_year_and_version() -> None:
    plan = plan_of_bytes(ENGLISH, "t.csv")
    assert [t.target for t in plan.of("starts", year=2021, version="adjusted")] == [36.0]
    assert plan.of("starts", year=2022) == ()


def test_a_month_may_carry_the_year_and_a_caller_may_give_it() -> None:
    assert plan_of_bytes(b"measure,target,month\nstarts,4,2021-06\n", "t.csv").targets[0].year == 2021
    assert plan_of_bytes(b"measure,target\nstarts,4\n", "t.csv", year=2022).targets[0].year == 2022


def test_the_unit_may_stand_in_the_header() -> None:
    plan = plan_of_bytes("measure,target (万元),year\ninvestment,35000,2021\n".encode(), "t.csv")
    assert plan.targets[0].target == 3.5


def test_a_scenario_may_count_more() -> None:
    data = b"measure,target,year\nconsents,100,2021\n"
    assert plan_of_bytes(data, "t.csv", measures=["consents"]).targets[0].measure == "consents"
    with pytest.raises(InputError, match="measure: got 'consents', expected one of investment"):
        plan_of_bytes(data, "t.csv")


def test_monthly_targets_that_fall_are_said() -> None:
    plan = plan_of_bytes(b"measure,target,year,month\nstarts,9,2021,3\nstarts,8,2021,6\n", "t.csv")
    assert str(plan.warnings[0]).startswith(
        "t.csv row 3 target: got 8 after 9 in row 2, expected targets that count"
    )


def test_a_scope_holds_by_id_or_by_rule() -> None:
    assert Scope.parse("P1").holds("P1", {})
    assert not Scope.parse("P1").holds("P2", {})
    rule = Scope.parse("kind=industry|social")
    assert rule.holds("x", {"kind": "social"})
    assert not rule.holds("x", {"kind": "services"})


def test_a_wrong_group_is_listed_beside_a_wrong_measure(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(
        "scope,measure,target,year,county,kind\n,strats,5,2021,Weshi,\nkindd=industry,starts,5,2021,,\n"
        "kind=industry|sozial,starts,5,2021,,\nP1;P9,starts,1,2021,Weishi,工业\nP8,starts,1,2021,,\n"
        "year_class=new_start,starts,1,2021,,\n",
        encoding="utf-8",
    )
    groups = {
        "county": {"Weishi", "Lankao", ""},
        "kind": {"industry", "social"},
        "year_class": None,
        "id": ("P1",),
    }
    with pytest.raises(InputError) as caught:
        read_plan(path, groups=groups)
    assert [(p.place[-1], p.path, p.remedy) for p in caught.value.problems] == [
        ("2", "measure", "did you mean `starts`?"),
        ("2", "county", "did you mean `Weishi`?"),
        ("3", "scope", "did you mean `kind`?"),
        ("4", "scope", "did you mean `social`?"),
        ("6", "scope", "use one of them, or leave the target out"),
    ]
    assert caught.value.problems[1].expected == "a known county with projects: Lankao, Weishi"


def test_commands_know_the_groups_of_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text("measure,target,month,county\nstrats,5,2024-12,Esat\n", encoding="utf-8")
    assert [p.path for p in check_inputs("hello", plan=path)] == ["measure", "county"]
    with pytest.raises(InputError, match="did you mean `East`"):
        read_inputs("hello", adopted=True, plan=path)
