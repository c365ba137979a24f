"""Loading scenarios: parents, overlays, parameters, reforms."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario import Scenario, load_scenario, read_heads, shipped_names, shipped_root
from sim.spec import Parameter
from tests.support import toy_scenario

TOP = """schema: 1
name: small
defaults: {status: assumed, source: test}
milestones: [{name: signed}, {name: started, activity: start}]
"""


def load(folder: Path, text: str, *, name: str = "s.yaml", top: str = TOP) -> Scenario:
    path = folder / name
    path.write_text(top + text, encoding="utf-8")
    return load_scenario(path)


def numbers(scenario: Scenario) -> dict[str, Parameter]:
    return {p.name: p for p in scenario.parameters()}


def test_shipped_scenarios_load_with_unique_named_sourced_parameters() -> None:
    assert {"hello", "kaifeng"} <= set(shipped_names())
    for name in shipped_names():
        scenario = load_scenario(name)
        assert scenario.name == name
        names = [p.name for p in scenario.parameters()]
        assert len(names) == len(set(names))
        assert all(names)
        assert all(p.status and p.source for p in scenario.parameters())
        assert not [str(w) for w in scenario.warnings]


def test_hello_is_short() -> None:
    assert len((shipped_root() / "hello" / "scenario.yaml").read_text(encoding="utf-8").splitlines()) <= 40


def test_a_scenario_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_scenario("hello").name = "other"  # type: ignore[misc]


def test_names_of_numbers(tmp_path: Path) -> None:
    text = """parameters: {sigma: {value: 0.5, range: [0.3, 0.8]}}
activities:
  start:
    work: [{when: {kind: industry}, law: {law: lognormal, mean: 9 wd, sigma: $sigma}}, {law: 5 d}]
    prepare: 2 d
    correct: {value: 3 d, range: none}
    returned: 0.1
"""
    found = numbers(load(tmp_path, text))
    assert set(found) == {
        "sigma", "activities.start.returned", "activities.start.prepare", "activities.start.work.0.law.mean",
        "activities.start.work.1.law", "activities.start.correct.value",
    }  # fmt: skip
    assert (found["sigma"].low, found["sigma"].high, found["sigma"].range_default) == (0.3, 0.8, False)
    assert found["activities.start.returned"].high == pytest.approx(0.125)
    assert found["activities.start.returned"].range_default
    assert not found["activities.start.correct.value"].drawn


@pytest.mark.parametrize(
    ("block", "drawn", "default"),
    [
        ("status: sourced, source: law", False, False),
        ("status: assumed, source: guess", True, True),
        ("status: assumed, source: guess, range: none", False, False),
    ],
)
def test_status_is_inherited_inside_a_block(tmp_path: Path, block: str, drawn: bool, default: bool) -> None:
    scenario = load(tmp_path, f"activities: {{start: {{{block}, work: 20 wd}}}}\n")
    (number,) = scenario.parameters()
    assert (number.drawn, number.range_default) == (drawn, default)
    assert number.source in ("law", "guess")


def test_a_new_status_does_not_borrow_the_old_source(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got 20 wd, expected a source for a number that is sourced"):
        load(tmp_path, "activities: {start: {status: sourced, work: 20 wd}}\n")


def test_shares_stay_below_one_and_zero_stays_zero(tmp_path: Path) -> None:
    found = numbers(load(tmp_path, "activities: {start: {returned: 90 %, refused: 0}}\n"))
    assert (found["activities.start.returned"].low, found["activities.start.returned"].high) == (0.675, 1.0)
    assert not found["activities.start.refused"].drawn


def test_default_ranges_of_low_and_high_never_cross(tmp_path: Path) -> None:
    law = "{law: triangular, low: 60 wd, mode: 70 wd, high: 90 wd}"
    found = numbers(load(tmp_path, f"activities: {{start: {{work: {law}}}}}\n"))
    low, mode, high = (found[f"activities.start.work.{k}"] for k in ("low", "mode", "high"))
    assert (low.low, low.high, mode.low, mode.high, high.low) == (45.0, 65.0, 65.0, 80.0, 80.0)


def test_a_parameter_of_the_wrong_kind(tmp_path: Path) -> None:
    text = "parameters: {x: 3 wd}\nactivities: {start: {returned: $x, work: $x}}\n"
    with pytest.raises(
        InputError, match=r"s.yaml:6 activities.start.returned: got \$x = 3 wd, expected a share"
    ):
        load(tmp_path, text)


def test_a_share_whose_range_leaves_one(tmp_path: Path) -> None:
    text = "parameters: {x: {value: 0.9, range: [0.5, 1.5]}}\nactivities: {start: {returned: $x}}\n"
    with pytest.raises(InputError, match=r"got \$x = 0.9, expected a share between 0 and 1; correct"):
        load(tmp_path, text)


def test_extends_merges_and_keeps_places(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    load(tmp_path, "ledger: l.csv\nactivities: {start: {work: 20 wd, returned: 0.1}}\n", name="base.yaml")
    child = "extends: ../base.yaml\nname: child\nactivities: {start: {work: {law: exponential, mean: 3 d}}}\n"
    scenario = load(tmp_path / "deep", child, top="")
    assert scenario.name == "child"
    assert scenario.activities["start"].returned is not None
    assert scenario.activities["start"].clock_name == "natural"
    (tmp_path / "l.csv").write_text("id\n", encoding="utf-8")
    assert scenario.ledger_path() == tmp_path / "deep" / ".." / "l.csv"
    with pytest.raises(InputError, match=r"base.yaml:5 activities.start.returned: got 2, expected a share"):
        load(tmp_path, "activities: {start: {work: 20 wd, returned: 2}}\n", name="base.yaml")


def test_a_law_replaces_and_an_argument_changes(tmp_path: Path) -> None:
    text = """activities: {start: {work: {law: lognormal, mean: 20 wd, sigma: 0.5}}}
reforms:
  shorter: {set: {activities: {start: {work: {mean: 9 wd}}}}}
  other: {set: {activities: {start: {work: {law: uniform, low: 1 wd, high: 3 wd}}}}}
"""
    scenario = load(tmp_path, text)
    (case,) = scenario.with_reforms(["shorter"]).activities["start"].work or ()
    assert {k: p.value for k, p in case.law.args.items()} == {"mean": 9.0, "sigma": 0.5}
    (case,) = scenario.with_reforms(["other"]).activities["start"].work or ()
    assert (case.law.family, list(case.law.args)) == ("uniform", ["low", "high"])
    assert "activities.start.work.mean" in numbers(scenario.with_reforms(["shorter"]))


def test_two_reforms_that_contradict_each_other(tmp_path: Path) -> None:
    text = """activities: {start: {work: {law: lognormal, mean: 20 wd, sigma: 0.5}}}
reforms:
  a: {set: {activities: {start: {work: {mean: 9 wd}}}}}
  b: {set: {activities: {start: {work: {mean: 8 wd}, returned: 0.1}}}}
  c: {set: {activities: {start: {work: {mean: 9 wd}, refused: 0.1}}}}
"""
    scenario = load(tmp_path, text)
    message = (
        r"s.yaml:8 activities.start.work.mean: got 9 wd from a and 8 wd from b, expected one value; combine"
    )
    with pytest.raises(InputError, match=message):
        scenario.with_reforms(["a", "b"])
    both = scenario.with_reforms(["a+c"])
    assert both.applied == ("a", "c")
    assert both.activities["start"].refused is not None
    again = scenario.with_reforms(["a"]).with_reforms(["b"])  # one after the other: the later wins
    assert numbers(again)["activities.start.work.mean"].value == 8.0


def test_unknown_reform() -> None:
    with pytest.raises(InputError, match="--reform: got fast-land, expected `faster-land`; did you mean"):
        load_scenario("hello", ["fast-land"])


def test_overlay_files_and_reforms_in_files(tmp_path: Path) -> None:
    (tmp_path / "reforms").mkdir()
    overlay = tmp_path / "reforms" / "x.yaml"
    overlay.write_text("activities: {start: {work: 1 wd}}\n", encoding="utf-8")
    text = "activities: {start: {work: 20 wd}}\nreforms: {x: {file: reforms/x.yaml}}\n"
    scenario = load(tmp_path, text)
    for reform in ("x", str(overlay)):
        (case,) = scenario.with_reforms([reform]).activities["start"].work or ()
        assert case.law.args["value"].value == 1.0
    overlay.write_text("activities: {start: {work: 1 mu}}\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"x.yaml:1 activities.start.work: got 1 mu, expected a length of time"
    ):
        load(tmp_path, text)


def test_baseline_and_adopted() -> None:
    plain = load_scenario("kaifeng")
    assert plain.in_force(date(2021, 6, 1)) == ()
    scenario = load_scenario("kaifeng", adopted=True)
    assert scenario.in_force(date(2017, 12, 31)) == ()
    assert scenario.in_force(date(2020, 12, 31)) == ("promised-limits",)
    names = scenario.in_force(date(2021, 1, 1))
    assert "pre-review" in names
    assert scenario.variant(names).mode.approval == "pre-review"
    assert scenario.variant(()) is scenario
    assert scenario.switched() == ()
    base = scenario.with_reforms(["parallel"]).baseline
    assert (base.applied, base.use_adopted, base.mode.approval) == ((), False, "serial")
    # what was asked for on the command line wins over what is adopted
    assert load_scenario("kaifeng", ["parallel"], adopted=True).variant(names).mode.approval == "parallel"


def test_switched_reforms_change_laws_only(tmp_path: Path) -> None:
    text = """activities: {start: {work: 20 wd}, other: {work: 1 d}}
reforms:
  law: {set: {activities: {start: {work: 9 wd}}}}
  graph: {set: {activities: {start: {after: [other]}}}}
adopted:
  - {reform: law, from: 2021-03-01, applies: switched}
"""
    scenario = load(tmp_path, text)
    assert scenario.switched() == ()
    (switched,) = load_scenario(scenario.path, adopted=True).switched()
    assert (switched.reform, switched.from_) == ("law", date(2021, 3, 1))
    with pytest.raises(
        InputError, match=r"`graph` changes `activities\.start\.after`, only `work`, `rework` and `limit`"
    ):
        load(tmp_path, text + "  - {reform: graph, from: 2021-03-01, applies: switched}\n")


def test_content_hash_follows_content(tmp_path: Path) -> None:
    text = "activities: {start: {work: 20 wd}}\nreforms: {x: {set: {activities: {start: {work: 9 wd}}}}}\n"
    scenario = load(tmp_path, text)
    assert scenario.content_hash == load(tmp_path, "# a remark\n" + text, name="t.yaml").content_hash
    assert scenario.content_hash != scenario.with_reforms(["x"]).content_hash
    assert scenario.with_reforms(["x"]).baseline.content_hash == scenario.content_hash
    other = text.replace("20 wd", "21 wd")
    assert scenario.content_hash != load(tmp_path, other).content_hash


def test_pickles() -> None:
    scenario = load_scenario("hello", ["faster-land"])
    again = pickle.loads(pickle.dumps(scenario))
    assert (again.content_hash, again.applied, again.raw) == (
        scenario.content_hash,
        ("faster-land",),
        scenario.raw,
    )
    assert again.baseline.applied == ()


def test_ledger_below_kaigong_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load(tmp_path, "ledger: $KAIGONG_DATA/l.csv\nplan: p.csv\nactivities: {start: {work: 1 d}}\n")
    monkeypatch.setenv("KAIGONG_DATA", str(tmp_path / "data"))
    message = (
        r"ledger: got \$KAIGONG_DATA/l.csv, expected a file that is there; set KAIGONG_DATA to the folder"
    )
    with pytest.raises(InputError, match=message):
        scenario.ledger_path()
    with pytest.raises(
        InputError, match=r"s.yaml:6 plan: got p.csv, expected a file that is there; put the file"
    ):
        scenario.plan_path()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "l.csv").write_text("id\n", encoding="utf-8")
    assert scenario.ledger_path() == tmp_path / "data" / "l.csv"
    assert load_scenario("uk-renewables").plan_path() is None


def test_life_tables_are_found_beside_the_file_that_names_them(tmp_path: Path) -> None:
    text = "activities: {start: {work: {law: lifetable, file: t.csv, stratum: solar}}}\n"
    with pytest.raises(
        InputError, match=r"activities.start.work.file: got t.csv, expected a file that is there"
    ):
        load(tmp_path, text)
    (tmp_path / "t.csv").write_text("age,survival\n0,1\n", encoding="utf-8")
    scenario = load(tmp_path, text)
    (case,) = scenario.activities["start"].work or ()
    assert (case.law.file, case.law.stratum) == (str(tmp_path / "t.csv"), "solar")
    (tmp_path / "t.csv").write_text("age,survival\n0,1\n9,0\n", encoding="utf-8")
    assert load_scenario(scenario.path).content_hash != scenario.content_hash


def test_yaml_1_2_types(tmp_path: Path) -> None:
    text = 'attributes: {own: {type: text}}\nactivities: {start: {applies_if: {own: [no, "7", 7, off]}}}\n'
    when = load(tmp_path, text).activities["start"].applies_if
    assert when is not None
    assert [when.holds({"own": value}) for value in ("no", "7", 7.0, "off", "yes", "")] == [True] * 4 + [
        False
    ] * 2


@pytest.mark.parametrize("text", ["max_rounds: true", "max_rounds: '3'", "max_rounds: 0", "max_rounds: 2.5"])
def test_structure_is_read_strictly(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"activities.start.max_rounds: got "):
        load(tmp_path, f"activities: {{start: {{{text}}}}}\n")


def test_dates_are_no_numbers(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="as_of: got 20210930, expected a date; write it as 2021-09-30"):
        load(tmp_path, "as_of: 20210930\nactivities: {start: {work: 1 d}}\n")


@pytest.mark.parametrize("name", shipped_names())
def test_the_head_says_what_the_scenario_says(name: str) -> None:
    head, whole = read_heads([name])[0], load_scenario(name)
    assert (head.name, head.title, head.synthetic) == (whole.name, whole.title, whole.synthetic)
    assert head.reforms == tuple(sorted(whole.reforms))


def test_a_life_table_is_no_law_of_plain_numbers() -> None:
    body = "activities: {permit: {work: 1 d}}\n"
    body += "investment: {curve: {a: 2, b: 2}, from: signed, to: permitted,"
    body += " overrun: {law: lifetable, file: t.csv}}"
    with pytest.raises(InputError, match="expected a law of plain numbers"):
        toy_scenario(body, files={"t.csv": "age,survival\n0,1\n1,0\n"})


def test_a_flaw_in_one_scenario_hides_no_other_from_the_list(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, more in (("flawed", "name: again\n"), ("sound", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "scenario.yaml").write_text(f"schema: 1\nname: {name}\n{more}", encoding="utf-8")
    monkeypatch.setattr("sim.scenario.files.shipped_root", lambda: tmp_path)
    assert [head.name for head in read_heads(["flawed", "sound"])] == ["flawed", "sound"]
    with pytest.raises(InputError, match="no such scenario"):
        read_heads(["sound", "nowhere"])
