"""The catalogue of approval items: rows into activities, problems by row."""

# ruff: noqa: E501 - rows of a CSV file stay rows

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import InputError, Problems
from sim.items import parse_applies, read_items
from sim.scenario import load_scenario, shipped_root

HEADER = (
    "id,name_en,name_zh,stage,department_en,statutory_working_days,promised_working_days,predecessors,"
    "predecessors_allocated_land,can_pre_review,can_tolerate_deficiency,applies_if,share,status,source"
)
ROWS = """FIL,Filing,备案,1,Reform,20,0,,,false,true,,,,
LUP,"Permit, land use",用地规划,1,Planning,20,5,FIL;LND,FIL,true,true,kind=industry;land_route!=factory,0.5,sourced,law
LND,Land,用地,1,Planning,114,25,FIL,FIL;LUP,no,yes,,,,
"""
SCENARIO = """schema: 1
name: small
defaults: {status: assumed, source: test}
milestones: [{name: signed}, {name: started, activity: LUP}]
catalogue:
  file: items.csv
  law: {law: lognormal, sigma: 0.5}
  prepare: 5 d
  correct: {law: exponential, mean: 7 d}
  returned: 0.3
  offices: {Planning: window}
activities:
  LND: {after_add: [quota], work: {mean: 100 wd}}
  quota: {work: 1 d}
resources: {window: {kind: office, reviewers: 2}}
reforms: {promised: {set: {catalogue: {days: promised}}}}
"""


def write(folder: Path, rows: str = ROWS, header: str = HEADER, scenario: str = SCENARIO) -> Path:
    (folder / "items.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    (folder / "s.yaml").write_text(scenario, encoding="utf-8")
    return folder / "s.yaml"


def test_rows_become_activities(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path))
    assert list(scenario.activities) == ["FIL", "LUP", "LND", "quota"]
    assert [(item.id, item.row) for item in scenario.items] == [("FIL", 2), ("LUP", 3), ("LND", 4)]
    lup = scenario.activities["LUP"]
    assert lup.label is not None
    assert (lup.label.en, lup.label.zh) == ("Permit, land use", "用地规划")
    assert lup.predecessors({"land_route": "allocated"}) == ("FIL",)
    assert lup.predecessors({"land_route": "granted"}) == ("FIL", "LND")
    assert (lup.resource, scenario.activities["FIL"].resource) == ("window", None)
    assert (lup.pre_review, lup.tolerate, scenario.activities["FIL"].pre_review) == (True, True, False)
    assert lup.applies_if is not None
    assert lup.applies_if.holds({"kind": "industry", "land_route": "granted"})
    assert not lup.applies_if.holds({"kind": "industry", "land_route": "factory"})


def test_the_file_is_laid_over_its_row(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path))
    land = scenario.activities["LND"]
    assert land.predecessors({"land_route": "granted"}) == ("FIL", "quota")
    assert land.predecessors({"land_route": "allocated"}) == ("FIL", "LUP", "quota")
    assert (land.work or ())[0].law.args["mean"].value == 100.0
    text = SCENARIO.replace("after_add: [quota]", "after: [quota]")
    land = load_scenario(write(tmp_path, scenario=text)).activities["LND"]
    assert land.predecessors({"land_route": "allocated"}) == ("quota",)


def test_numbers_of_the_catalogue_are_one_each(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path))
    found = {p.name: p for p in scenario.parameters()}
    assert {n for n in found if n.startswith("catalogue")} == {
        "catalogue.FIL.days", "catalogue.LUP.days", "catalogue.LUP.share", "catalogue.prepare",
        "catalogue.correct.mean", "catalogue.returned", "catalogue.law.sigma",
        "catalogue.LND.days",  # the limit of an item whose work the file gives itself
    }  # fmt: skip
    assert (found["catalogue.LUP.days"].status, found["catalogue.LUP.days"].source) == ("sourced", "law")
    assert not found["catalogue.LUP.days"].drawn
    assert found["catalogue.FIL.days"].drawn
    assert found["activities.LND.work.mean"].value == 100.0


def test_promised_days_keep_the_names_of_their_draws(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path), ["promised"])
    found = {p.name: p for p in scenario.parameters()}
    assert found["catalogue.LUP.days"].value == 5.0
    assert (scenario.activities["FIL"].work or ())[0].law.family == "constant"  # 0 wd takes no time
    assert found["activities.LND.work.mean"].value == 100.0


def test_bare_lengths_may_stand_in_cases_that_all_rows_share(tmp_path: Path) -> None:
    cases = "correct: [{when: {kind: industry}, law: 3 d}, {law: 5 d}, {law: exponential, mean: 7 d}]"
    text = SCENARIO.replace("correct: {law: exponential, mean: 7 d}", cases)
    text = text.replace("  returned", "  status: sourced\n  source: law\n  returned")
    found = {p.name: p for p in load_scenario(write(tmp_path, scenario=text)).parameters()}
    names = ("catalogue.correct.0.law", "catalogue.correct.1.law", "catalogue.correct.2.mean")
    assert [(found[n].value, found[n].status, found[n].source) for n in names] == [
        (3.0, "sourced", "law"), (5.0, "sourced", "law"), (7.0, "sourced", "law"),
    ]  # fmt: skip


def test_an_overridden_status_does_not_change_what_all_rows_share(tmp_path: Path) -> None:
    text = SCENARIO.replace("LND: {", "LND: {status: sourced, source: law, ")
    found = {p.name: p for p in load_scenario(write(tmp_path, scenario=text)).parameters()}
    assert found["catalogue.prepare"].status == "assumed"
    assert found["activities.LND.work.mean"].status == "sourced"


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        (
            HEADER.replace("stage", "stge"),
            ROWS,
            "items.csv row 1 stage: got no such column, expected the column",
        ),
        (
            HEADER.replace("share", "stage"),
            ROWS,
            "row 1 stage: got the column a second time, expected it once",
        ),
        (HEADER, "1X,a,b,1,P,1,1,,,,,,,,\n", "row 2 id: got 1X, expected an id of letters, digits, _ and -"),
        (
            HEADER,
            "X,a,b,1,P,-1,1,,,,,,,,\n",
            "row 2 statutory_working_days: got -1, expected working days, at least 0",
        ),
        (HEADER, "X,a,b,1,P,1,nan,,,,,,,,\n", "row 2 promised_working_days: got nan, expected working days"),
        (HEADER, "X,a,b,1,P,1,1,,,,,a=,,,\n", "row 2 applies_if: got a=, expected clauses such as"),
        (HEADER, "X,a,b,1,P,1,1,,,,,a=1;a=2,,,\n", "row 2 applies_if: got a=1;a=2, expected clauses such as"),
        (
            HEADER,
            "X,a,b,1,P,1,1,,,,,,,sure,\n",
            "row 2 status: got sure, expected sourced, calibrated or assumed",
        ),
        (HEADER, 'X,"a,b\n', "items.csv: got unexpected end of data, expected a CSV file"),
        (HEADER, "X,a,b,1,P,1,1,,,,,arae>=3,,,\n", "row 2 applies_if.arae: got arae, expected `area`"),
        (
            HEADER,
            "X,a,b,1,P,1,1,LDN,,,,,,,\nLND,a,b,1,P,1,1,,,,,,,,\n",
            "predecessors.0: got LDN, expected `LND`",
        ),
    ],
)
def test_problems_by_row(tmp_path: Path, header: str, rows: str, message: str) -> None:
    with pytest.raises(InputError, match=r"items\.csv") as caught:
        load_scenario(write(tmp_path, rows, header))
    assert message in str(caught.value)


def test_no_file_and_no_text(tmp_path: Path) -> None:
    problems = Problems()
    assert read_items(tmp_path / "no.csv", problems) == ()
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    assert read_items(tmp_path / "empty.csv", problems) == ()
    (tmp_path / "latin.csv").write_bytes("id\né".encode("latin-1"))
    assert read_items(tmp_path / "latin.csv", problems) == ()
    words = ["no readable file", "an empty file", "byte 3 that is no UTF-8"]
    assert all(word in str(problem) for word, problem in zip(words, problems.errors, strict=True))


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ("{law: uniform, low: 1 wd, high: 2 wd}", "got a mapping, expected a law without its mean"),
        ("{law: lognormal}", "catalogue.law: got no sigma, expected the arguments of lognormal"),
        ("{law: lognormal, mean: 2 wd, sigma: 1}", "expected a law without its mean"),
        ("{law: normal}", "expected a law without its mean: constant, exponential, lognormal or gamma"),
        ("{law: gamma, shap: 1}", "catalogue.law: got "),
    ],
)
def test_a_wrong_law_is_said_once(tmp_path: Path, law: str, message: str) -> None:
    with pytest.raises(InputError, match=r"catalogue\.law") as caught:
        load_scenario(write(tmp_path, scenario=SCENARIO.replace("{law: lognormal, sigma: 0.5}", law)))
    assert message in str(caught.value)
    assert str(caught.value).count("catalogue.law") == 1


def test_conditions_of_rows() -> None:
    assert parse_applies("") == {}
    assert parse_applies("a = x | y ; b < 3") == {"a": ["x", "y"], "b": "< 3"}
    with pytest.raises(ValueError, match="b<x"):
        parse_applies("b<x")
    with pytest.raises(ValueError, match="b!=2"):
        parse_applies("a!=1;b!=2")


def test_the_shipped_catalogue() -> None:
    problems = Problems()
    items = read_items(shipped_root() / "process" / "items.csv", problems)
    assert len(items) == 26
    assert not problems.found
