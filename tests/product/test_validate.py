"""``kaigong validate``, end to end on a world whose answers are known, and the coverage of its scoring."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from forecasts import api
from forecasts.cli import main
from forecasts.scoring import is_outside, mid_p
from sim.errors import InputError
from sim.scenario import shipped_names, shipped_root

ROLES = Path(__file__).parent / "roles.csv"
HEADER = "fact,measure,value,unit,rounding,n,role,month,group,reason,reform\n"

#: Nothing is drawn: permits take 20 days (10 with `fast`), starts 10 more, building 100.
SCENARIO = """\
schema: 1
name: tiny
title: {en: Tiny, zh: 小城}
synthetic: true
defaults: {status: sourced, source: test}
calendar: {country: none}
ledger: ledger.csv
as_of: 2020-12-31
until: 2021-12-31
milestones:
  - {name: signed, zh: 签约}
  - {name: permitted, zh: 许可, activity: permit}
  - {name: started, zh: 开工, activity: start}
  - {name: built, zh: 完工, activity: construction}
counts: {starts: started, completions: built}
parameters:
  pace: {value: 20 d, range: [19 d, 21 d], status: calibrated, source: T-5}
activities:
  permit: {work: %(permit)s, owner: government}
  start: {after: [permit], work: 10 d, owner: applicant}
  construction: {after: [start], work: 100 d, owner: third_party}
investment: {curve: {a: 1, b: 1}, from: started, to: built, land_share: 0}
lists:
  - {name: one, kind: sign, event: 2021-01-31, cutoff: 2020-12-31, eligible: {kind: industry}, size: 2}
reforms:
  fast: {title: {en: Fast, zh: 快}, set: {activities: {permit: {work: 10 d}}}}
"""
LEDGER = """\
id,county,kind,key_level,land_route,year_class,investment (亿元),plan_this_year (亿元),signed,list
A,East,industry,provincial,granted,new_start,10,10,2020-12-31,one
B,East,industry,city,granted,new_start,10,5,2020-12-31,one
C,West,social,city,allocated,new_start,4,4,2020-12-31,
"""
ROWS = """\
T-1,investment_rate_of_year_plan,126.3,%,0.1,3,predicted,2021-12,all,24 of 19,
T-2,starts,3,projects,1,,predicted,2021-01,all,all three start on the 30th,
T-3,starts,0,projects,1,,predicted,2021-01,key_level=provincial,wrong; explained: a wrong number for the test,
T-4,list_rate,100,%,0.1,2,predicted,2021-01,one,both,
T-5,days:signed:permitted,20,d,1,,calibrated,,all,pace is this number,none
T-6,days_saved:signed:started,10,d,1,,predicted,,all,20 to 10,fast
T-7,days:signed:built,130,d,1,,predicted,,county=East,20 + 10 + 100,none
T-8,ratio,100,%,1,,predicted,12,completions:started:kind=industry;social,all are built,
T-9,behind:0,0,projects,1,,predicted,2021-05,all,everything is built by the tenth of May,
T-10,first_year_share,100,%,1,,predicted,2021-12,all,all is spent,
T-11,projects,3,projects,0,,input,,all,size,
T-12,plan_total,19,yi,0,,input,,all,sum,
T-13,-,4,projects,,,inconsistent,,,the text adds up to 3,
T-14,parameter:pace,20,d,0,,input,,all,shown,
T-15,total_investment,24,yi,0,,input,,all,sum,
"""


def place(tmp_path: Path, rows: str = ROWS, permit: str = "$pace") -> str:
    folder = tmp_path / "tiny"
    folder.mkdir(exist_ok=True)
    (folder / "scenario.yaml").write_text(SCENARIO % {"permit": permit}, encoding="utf-8")
    (folder / "ledger.csv").write_text(LEDGER, encoding="utf-8")
    (folder / "published.csv").write_text(HEADER + rows, encoding="utf-8")
    return str(folder / "scenario.yaml")


def test_every_measure_has_its_known_answer(tmp_path: Path) -> None:
    made = api.validate(place(tmp_path), replications=2, fixed=True, out=tmp_path / "run")
    rows = {row["fact"]: row for row in made.result["rows"]}
    expected = {
        "T-1": 100 * 24 / 19, "T-2": 3, "T-3": 1, "T-4": 100, "T-5": 20, "T-6": 10, "T-7": 130, "T-8": 100,
        "T-9": 0, "T-10": 100, "T-11": 3, "T-12": 19, "T-14": 20, "T-15": 24,
    }  # fmt: skip
    assert {fact: rows[fact]["p50"] for fact in expected} == pytest.approx(expected, abs=1e-5)
    assert [fact for fact, row in rows.items() if row["outside"]] == ["T-3"]
    assert rows["T-1"]["true_p50"] == pytest.approx(100 * 24 / 19, abs=1e-5)
    assert rows["T-3"]["explained"] == "a wrong number for the test"
    assert rows["T-13"]["p50"] is None
    assert rows["T-13"]["reason"] == "the text adds up to 3"
    # Inputs, calibrated and inconsistent rows are shown, never scored.
    assert {rows[f]["role"] for f in rows if rows[f]["u"] is None} == {"input", "calibrated", "inconsistent"}
    assert rows["T-5"]["parameters"] == ["pace"]
    score = made.result["score"]
    predicted = sum(row["role"] == "predicted" for row in rows.values())
    assert (score["n"], score["outside"]) == (predicted, 1)
    assert score["mean_width"] == pytest.approx(0, abs=1e-9)
    assert score["width_rows"] == 1


def test_the_difference_of_two_groups_has_no_reference_class(tmp_path: Path) -> None:
    lines = [
        f"R-{i},investment_rate_of_year_plan,100,%,1,,predicted,2021-08,{group},x,"
        for i, group in enumerate(("all", "all - kind=industry"))
    ]
    made = api.validate(
        place(tmp_path, "\n".join(lines) + "\n"), replications=2, fixed=True, out=tmp_path / "r"
    )
    assert [row["reference_width"] is None for row in made.result["rows"]] == [False, True]


def test_the_true_money_of_a_difference_is_a_difference_too(tmp_path: Path) -> None:
    row = "R-1,investment,9,yi,1,,predicted,2021-08,all - key_level=city,x,\n"
    made = api.validate(place(tmp_path, row), replications=2, fixed=True, out=tmp_path / "r")
    (found,) = made.result["rows"]
    assert found["p50"] > 0
    assert found["true_p50"] == found["p50"]  # nothing is reported late or ahead here


def test_slow_projects_by_hand(tmp_path: Path) -> None:
    # On 31 May 121 days of building are past since 30 January: everything is spent; on 31 March 61 % is,
    # of an even pace of 25 %; by 31 January one day of a hundred, which is behind 8.3 % for all three.
    lines = [f"S-{m},behind:0,1,projects,1,,predicted,2021-{m:02d},all,x," for m in (1, 3, 5)]
    made = api.validate(
        place(tmp_path, "\n".join(lines) + "\n"), replications=2, fixed=True, out=tmp_path / "r"
    )
    assert [row["p50"] for row in made.result["rows"]] == [3, 0, 0]
    more = "S-1,behind:8,1,projects,1,,predicted,2021-01,key_level=city,x,\n"
    made = api.validate(place(tmp_path, more), replications=2, fixed=True, out=tmp_path / "s")
    # B has 10 of a plan of 5: one day is 2 %, 6.3 points behind; C lies 7.3 points behind.
    assert made.result["rows"][0]["p50"] == 0


def test_groups_are_set_apart(tmp_path: Path) -> None:
    rows = "G-1,starts,1,projects,1,,predicted,2021-01,county=East - county=West,two against one,\n"
    made = api.validate(place(tmp_path, rows), replications=2, fixed=True, out=tmp_path / "run")
    assert made.result["rows"][0]["p50"] == 1


def test_rows_a_scenario_cannot_answer_are_listed_with_a_remedy(tmp_path: Path) -> None:
    rows = """\
U-1,productions,3,projects,1,,predicted,2021-01,all,x,
U-2,starts,3,projects,1,,predicted,2022-01,all,x,
U-3,starts,3,projects,1,,predicted,2021-01,county=North,x,
U-4,list_rate,100,%,0.1,3,predicted,2021-01,one,x,
U-5,list_rate,100,%,0.1,2,predicted,2021-01,two,x,
U-6,days:signed:permited,20,d,1,,predicted,,all,x,
U-7,days:signed:permitted,20,d,1,,predicted,,all,x,slow
U-8,days_saved:signed:permitted,20,d,1,,predicted,,all,x,none
U-10,approval_days:permitted:started,20,d,1,,predicted,,all,x,
U-11,speed,20,d,1,,input,,all,shown as it is,
U-12,list_rate,100,%,1,,inconsistent,2021-01,three,shown as it is,
"""
    with pytest.raises(InputError) as caught:
        api.validate(place(tmp_path, rows), replications=2, out=tmp_path / "run")
    text = str(caught.value)
    for fact, part in {
        "U-1": "write `counts:` in the scenario",
        "U-2": "expected a month after 2020-12-31 and up to 2021-12-31",
        "U-3": "expected a group with projects",
        "U-4": "got 2 projects on one, expected 3, as published",
        "U-5": "expected a list of the scenario: one",
        "U-6": "got permited, expected a name such as signed, permitted",
        "U-7": "got slow, expected none, adopted, or reforms: fast",
        "U-8": "expected two options",
        "U-10": "expected days that begin with signed",
    }.items():
        assert re.search(rf"\({fact}\) .*{re.escape(part)}", text), fact
    assert "U-11" not in text
    assert "U-12" not in text
    assert not (tmp_path / "run").exists()


def test_rows_that_are_only_shown_may_be_of_anything(tmp_path: Path) -> None:
    rows = """\
S-1,speed,20,d,1,,input,,all,x,
S-2,list_rate,100,%,1,,inconsistent,2021-01,three,x,
S-3,phase,1 to 10 March,dates,,,inconsistent,,,x,
S-3,phase,10 March to May,dates,,,inconsistent,,later,x,
S-4,list_size,3,projects,1,,input,,one,x,
S-5,starts,7,projects,1,,input,2020-11,all,before the year,
S-6,starts,7,projects,1,,input,2022-02,all,after it,
S-7,starts,7,projects,1,,input,2021-03,all,in it,
"""
    made = api.validate(place(tmp_path, rows), replications=2, fixed=True, out=tmp_path / "run")
    found = made.result["rows"]
    assert [row["p50"] for row in found] == [None, None, None, None, 2, None, None, 3]
    for row in found[5:7]:
        assert "expected a month from 2021-01-01 up to 2021-12-31" in row["unanswered"]
    said = [line for line in made.notes("en") if line.startswith("no number of the model: published.csv row")]
    assert len(said) == 3
    found = [*found[:5], found[7]]
    assert "expected a list of the scenario: one" in found[1]["unanswered"]
    assert [row["unanswered"] for row in (found[0], *found[2:])] == [None] * 5
    assert "input S-4: published 3, the scenario has 2" in made.notes("en")


def test_slow_projects_are_those_whose_start_is_overdue(tmp_path: Path) -> None:
    rows = "".join(f"S-{m},slow,1,projects,1,,predicted,{m},all,x,\n" for m in (1, 2, 3))
    file = place(tmp_path, rows, permit="60 d")
    ledger = Path(file).parent / "ledger.csv"
    text = ledger.read_text(encoding="utf-8").replace(",list\n", ",list,planned_started\n")
    text = text.replace("one\n", "one,2021-02-15\n", 1).replace("one\n", "one,2021-03-20\n", 1)
    ledger.write_text(text.replace("2020-12-31,\n", "2020-12-31,,\n"), encoding="utf-8")
    made = api.validate(file, replications=2, fixed=True, out=tmp_path / "run")
    # All start on 11 March: at the end of February A alone was due.
    assert [row["p50"] for row in made.result["rows"]] == [0, 1, 0]


def test_approval_days_are_the_working_days_of_the_government(tmp_path: Path) -> None:
    rows = (
        "A-1,approval_days:signed:started:baseline,14,days,1,,predicted,,all,x,\n"
        "A-1,approval_days:signed:started:fast,7,days,1,,predicted,,all,x,\n"
        "A-2,days:signed:started,22,wd,1,,predicted,,all,x,none\n"
    )
    made = api.validate(place(tmp_path, rows), replications=2, fixed=True, out=tmp_path / "run")
    # Thirty days from Thursday, 31 December, hold 22 working days; twenty of the thirty are the permit's.
    # Of twenty days, ten of them the permit's, 14 are working days.
    assert [row["p50"] for row in made.result["rows"]] == pytest.approx([22 * 2 / 3, 14 / 2, 22], abs=1e-6)


def test_the_command_prints_table_score_and_misses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place(tmp_path)
    words = ["validate", file, "--replications", "2", "--fixed", "--out", str(tmp_path / "run")]
    for lang, said in (
        ("en", ("1 of 9 predicted rows outside", "outside: T-3: a wrong number", "because they are good")),
        ("zh", ("9 个预测行中 1 个在 90% 区间之外", "区间外:T-3", "因为成绩好")),
    ):  # fmt: skip
        with pytest.raises(SystemExit):
            main([*words, "--lang", lang])
        out = capsys.readouterr().out
        for part in said:
            assert part in out, part
    with pytest.raises(SystemExit):
        main([*words, "--json"])
    result = json.loads(capsys.readouterr().out)
    assert result["kind"] == "validate"
    assert (tmp_path / "run" / "summary.csv").is_file()


def test_without_a_place_every_place_is_scored_and_then_all_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = place(tmp_path)
    monkeypatch.setattr("forecasts.validate.places", lambda _: [file, file])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["validate", "--replications", "2", "--fixed", "--lang", "en"])
    assert "all: 2 of 18 predicted rows outside" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["validate", "--replications", "2", "--fixed", "--json"])
    result = json.loads(capsys.readouterr().out)
    assert (len(result["places"]), result["score"]["n"], result["score"]["outside"]) == (2, 18, 2)


def test_the_shipped_places_are_found() -> None:
    from forecasts.validate import places  # noqa: PLC0415

    assert {"kaifeng", "zaozhuang"} <= set(places(shipped_names()))
    with pytest.raises(InputError, match="expected a shipped scenario with published"):
        places(["hello"])


def test_an_input_that_is_not_the_number_is_said(tmp_path: Path) -> None:
    file = place(
        tmp_path, "I-1,plan_total,20,yi,0,,input,,all,sum,\nI-2,projects,3,projects,0,,input,,all,size,\n"
    )
    made = api.validate(file, replications=2, fixed=True, out=tmp_path / "run")
    notes = "\n".join(made.notes("en"))
    assert "input I-1: published 20, the scenario has 19" in notes
    assert "I-2" not in notes
    assert "no predicted rows: nothing is scored" in notes


def test_a_changed_row_is_another_run(tmp_path: Path) -> None:
    one = api.validate(place(tmp_path), replications=2, fixed=True, out=tmp_path / "run")
    two = api.validate(
        place(tmp_path, ROWS.replace("126.3", "99.9")), replications=2, fixed=True, out=tmp_path / "run"
    )
    assert not one.result["rows"][0]["outside"]
    assert two.result["rows"][0]["outside"]


def test_both_engines_give_the_same_validation(tmp_path: Path) -> None:
    results = []
    for engine in ("reference", "compiled"):
        made = api.validate(place(tmp_path), replications=3, engine=engine, out=tmp_path / engine)
        results.append(made.result["rows"])
    assert results[0] == results[1]


def test_worlds_of_the_model_itself_lie_outside_one_time_in_ten(tmp_path: Path) -> None:
    """Two hundred worlds simulated from the model, each published and scored like a place."""
    from forecasts import validate as validating  # noqa: PLC0415
    from forecasts.running import Request  # noqa: PLC0415

    rows = (
        "W-1,investment_rate_of_year_plan,50,%,0.1,,predicted,2021-04,all,x,\n"
        "W-2,days:signed:permitted,20,d,1,,predicted,,all,x,none\n"
        "W-3,list_rate,50,%,0.1,2,predicted,2021-01,one,x,\n"
    )
    file = place(tmp_path, rows, permit="{law: lognormal, mean: 20 d, sigma: 0.6}")
    found = {}
    for seed, count in ((1, 1000), (2, 200)):
        request = Request(replications=count, seed=seed, out=tmp_path / str(seed))
        inputs = validating.with_published(request.inputs(file, adopted=True))
        signing = request.inputs(file, adopted=False, dated=False)
        asked = validating.prepared(inputs, signing, fixed=False)
        found[seed] = validating.samples_of(asked, request.runner("validate", inputs))[0]
    for line, rounding, low, high in (
        (2, 0.1, 0.05, 0.16),
        (3, 1.0, 0.05, 0.16),
        (4, 0.1, 0.0, 0.16),
    ):
        published = np.round(found[2][line] / rounding) * rounding
        outside = np.mean([is_outside(mid_p(found[1][line], x, rounding)) for x in published])
        assert low <= outside <= high, (line, outside)


def published_roles() -> dict[tuple[str, str], str]:
    found = {}
    for name in shipped_names():
        path = shipped_root() / name / "published.csv"
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(line for line in file if not line.startswith("#")):
                    role = found.setdefault((name, row["fact"]), row["role"])
                    assert role == row["role"], f"{name} {row['fact']}: one fact has one role"
    return found


def test_a_changed_role_is_a_line_in_the_changelog() -> None:
    """Roles are fixed before the first run: `roles.csv` remembers them.

    A new row is a new line there. A changed role is a line in CHANGELOG that names place, fact and the new
    role ("zaozhuang ZZ-048: role now input, because ..."); its line in `roles.csv` stays as it was.
    """
    with ROLES.open(encoding="utf-8", newline="") as file:
        known = {(r["place"], r["fact"]): r["role"] for r in csv.DictReader(file)}
    now = published_roles()
    changelog = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    for (name, fact), role in now.items():
        if (name, fact) not in known or known[name, fact] == role:
            continue
        said = [line for line in changelog if name in line and fact in line and f"role now {role}" in line]
        assert said, f"{name} {fact}: {known[name, fact]} became {role}; CHANGELOG does not say so"
    new = [f"{name},{fact},{now[name, fact]}" for name, fact in now if (name, fact) not in known]
    assert not new, "add to tests/product/roles.csv:\n" + "\n".join(new)
    gone = sorted(set(known) - set(now))
    assert not gone, f"published rows were taken away: {gone}"


def test_parameters_set_on_other_places_are_said(tmp_path: Path) -> None:
    """No row of the place was calibrated on, and yet it has calibrated parameters."""
    rows = "T-2,starts,3,projects,1,,predicted,2021-01,all,all start,\n"
    made = api.validate(place(tmp_path, rows), replications=2, fixed=True, out=tmp_path / "run")
    english, chinese = " ".join(made.notes("en")), " ".join(made.notes("zh"))
    assert "no row of this place set a parameter, 1 calibrated parameters were set on other places" in english
    assert "本地没有用于校准的行,另有 1 个校准参数取自其他地区" in chinese
    made = api.validate(place(tmp_path), replications=2, fixed=True, out=tmp_path / "run2")
    assert "1 calibrated rows name 1 free parameters (never more than rows);" in " ".join(made.notes("en"))
