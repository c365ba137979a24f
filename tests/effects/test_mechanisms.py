"""Every mechanism of every place: switching it on moves what it should, in the direction it should."""

from __future__ import annotations

import csv
import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecasts.effects import (
    LOOKS,
    Pairing,
    Robustness,
    Shelf,
    effect_of,
    effect_of_values,
    robustness,
    shown_by,
)
from forecasts.mechanisms import Mechanism, places, read_mechanisms
from forecasts.readings import OFF, ON, Side, collected, members, read_pair
from sim.experiment import replicate
from sim.scenario.files import shipped_root

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "docs"))
coverage = importlib.import_module("coverage_page")

#: Rows of the default run; all others are slow.
SAMPLE = ("LH-M01", "LH-M04")


def rows_of(place: str) -> list[dict[str, str]]:
    """Read a table without checking it: names of tests must cost nothing."""
    file = shipped_root() / place / "mechanisms.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def cases(*, shows: bool) -> Iterator[object]:
    for place in places():
        for row in rows_of(place):
            if (row["measure"] == "shows") == shows:
                marks = () if row["id"] in SAMPLE else (pytest.mark.slow,)
                yield pytest.param(place, row["id"], id=row["id"], marks=marks)


class Library:
    """Tables and models of places, read when first asked for."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self._tables: dict[str, dict[str, Mechanism]] = {}

    def row(self, place: str, name: str) -> Mechanism:
        if place not in self._tables:
            self._tables[place] = {row.id: row for row in read_mechanisms(place)}
        return self._tables[place][name]


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.mark.parametrize(("place", "name"), list(cases(shows=False)))
def test_direction(place: str, name: str, library: Library) -> None:
    effect = effect_of(Pairing.of(library.row(place, name), library.shelf))
    assert effect.sign == "holds", effect


@pytest.mark.parametrize(("place", "name"), list(cases(shows=True)))
def test_shows(place: str, name: str, library: Library, tmp_path: Path) -> None:
    found = shown_by(library.row(place, name), tmp_path)
    assert found, "the note names no list of forecast or compare"
    assert all(found.values()), found


def required() -> list[dict[str, str]]:
    with (HERE / "required.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("place", sorted({row["place"] for row in required()}))
def test_every_mechanism_has_a_row(place: str) -> None:
    assert place in places(), f"{place} has no mechanisms.csv"
    names = [row["id"] for row in rows_of(place)]
    known = {*names, *(name.rstrip("abc") for name in names)}
    wanted = {
        each: row["mechanism"]
        for row in required()
        if row["place"] == place
        for each in row["ids"].split(";")
    }
    assert {name: text for name, text in wanted.items() if name not in known} == {}


def test_ids_are_unique_over_places() -> None:
    names = [row["id"] for place in places() for row in rows_of(place)]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_the_table_required_is_that_of_the_reference() -> None:
    assert len(required()) == 78
    assert all(row["ids"] and row["mechanism"] for row in required())


@pytest.fixture(scope="module")
def kaifeng() -> dict[str, Mechanism]:
    return {row.switch: row for row in read_mechanisms("kaifeng", HERE / "kaifeng.csv")}


def test_a_reform_on_both_sides_has_no_effect(kaifeng: dict[str, Mechanism], library: Library) -> None:
    idle = replace(kaifeng["parallel"], given="parallel")
    effect = effect_of(Pairing.of(idle, library.shelf), looks=(4,))
    assert (effect.sign, effect.mean) == ("no effect", 0)


def test_a_mechanism_taken_away_has_the_effect_turned_round(
    kaifeng: dict[str, Mechanism], library: Library
) -> None:
    row = kaifeng["land-limits"]
    there = effect_of(Pairing.of(row, library.shelf), looks=(4,))
    back = effect_of(Pairing.of(replace(row, turned_off=True), library.shelf), looks=(4,))
    assert back.mean == pytest.approx(-there.mean)
    assert (there.sign, back.sign) == ("holds", "opposite")


def test_the_effect_is_the_mean_of_paired_days_by_hand(
    kaifeng: dict[str, Mechanism], library: Library
) -> None:
    row = kaifeng["pre-review"]
    pairing = Pairing.of(row, library.shelf)
    found = effect_of(pairing, looks=(4,))
    times = {}
    for side in (ON, OFF):
        outcome = replicate(pairing.models[side], 1, range(4), engine="auto")
        times[side] = outcome.milestones
    first, last = (pairing.models[ON].milestones.index(m) for m in ("signed", "permitted"))
    differences = []
    for r in range(4):
        days = []
        for p in range(times[ON].shape[1]):
            cells = [times[side][r, p, k] for side in (ON, OFF) for k in (first, last)]
            if max(cells) < 2**30:
                days.append((cells[1] - cells[0] - cells[3] + cells[2]) / 1440)
        differences.append(np.mean(days))
    assert found.mean == pytest.approx(np.mean(differences))


def test_waits_by_hand(kaifeng: dict[str, Mechanism], library: Library) -> None:
    row = kaifeng["reserved-quota"]
    pairing = Pairing.of(row, library.shelf)
    sides = {
        name: Side(
            pairing.inputs[name], model, replicate(model, 1, range(2), engine="auto", collect=("traces",))
        )
        for name, model in pairing.models.items()
    }
    group = members(pairing.models[OFF], None, "all")
    _, off = read_pair(sides, row.measure, group)
    model, trace = sides[OFF].model, sides[OFF].outcome.kept[1][1]
    land = model.resources.names.index("land")
    cases = model.cases
    rows = zip(cases.project, cases.activity, cases.resource, strict=True)
    asks = {(int(p), int(a)) for p, a, r in rows if r == land}
    total, left_waiting = 0, 0
    for p, a, j, s in zip(trace.project, trace.activity, trace.joined, trace.served, strict=True):
        if (int(p), int(a)) in asks:
            gone = min(int(trace.withdrawn[p]), model.horizon)  # who withdraws leaves the queue
            total += min(int(s), gone) - min(int(j), gone)
            left_waiting += int(j) < gone < min(int(s), model.horizon)
    assert left_waiting > 0
    assert off[1] == pytest.approx(total / 1440 / sides[OFF].outcome.active[1].sum())
    assert off[1] > 0


def test_ranges_of_the_switch_are_pinned_and_no_others(
    kaifeng: dict[str, Mechanism], library: Library
) -> None:
    pairing = Pairing.of(kaifeng["tolerance"], library.shelf)
    names = {p.name for p in pairing.ranges}
    assert names
    for end in ("low", "high"):
        pinned = pairing.at(end).models[ON]
        outcome = replicate(pinned, 1, range(3), engine="auto")
        plain = replicate(pairing.models[ON], 1, range(3), engine="auto")
        for k, (now, before) in enumerate(zip(pinned.parameters, pairing.models[ON].parameters, strict=True)):
            if now.name in names:
                assert set(outcome.parameters[:, k]) == {getattr(before, end)}
            else:
                assert (outcome.parameters[:, k] == plain.parameters[:, k]).all()


def test_robustness_asks_at_both_ends(kaifeng: dict[str, Mechanism], library: Library) -> None:
    found = robustness(Pairing.of(kaifeng["tolerance"], library.shelf), looks=(2,))
    assert set(found.effects) == {"drawn", "low", "high"}
    assert len({effect.mean for effect in found.effects.values()}) == 3


def test_robustness_says_where_a_sign_flips() -> None:
    good = effect_of_values(np.array([1.0, 1.1, 0.9]), np.zeros(3), 1, 1)
    bad = effect_of_values(np.array([-1.0, -1.1, -0.9]), np.zeros(3), 1, 1)
    vague = effect_of_values(np.array([-1.0, 1.1, 0.9]), np.zeros(3), 1, 1)
    assert Robustness({"drawn": good, "low": good, "high": good}).said() == "holds"
    assert Robustness({"drawn": good}).said() == "holds (no range of its own)"
    said = Robustness({"drawn": good, "low": vague, "high": bad}).said()
    assert said == "cannot separate at the low end; opposite at the high end"
    assert Robustness({"drawn": bad, "low": good, "high": good}).said() == "opposite"
    assert (good.share, bad.share, vague.share) == (1.0, 0.0, pytest.approx(2 / 3))


def test_what_replications_keep_is_small(kaifeng: dict[str, Mechanism], library: Library) -> None:
    pairing = Pairing.of(kaifeng["pre-review"], library.shelf)
    assert collected(kaifeng["pre-review"].measure, pairing.inputs[ON]).names == ()


def test_looks_grow() -> None:
    assert list(LOOKS) == sorted(set(LOOKS))


@pytest.mark.slow
def test_the_page_lists_every_row_as_the_tables_have_it() -> None:
    rows = [row for place in places() for row in read_mechanisms(place)]
    text = coverage.PAGE.read_text(encoding="utf-8")
    assert coverage.stale(rows, text) == [], "run python docs/coverage_page.py"
    first = rows[0]
    assert coverage.stale([replace(first, switch="another"), *rows[1:]], text) == [first.id]
    assert coverage.stale(rows[1:], text) == [first.id]


def test_an_effect_is_read_back_from_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = coverage.Effect(-1.5, -2.0, -1.0, 10.0, 8, 100, float("nan"), "holds")
    monkeypatch.setattr(coverage, "effect_of", lambda *_, **__: made)
    coverage.Store(tmp_path / "e.csv").effect(None, "k", "low")
    monkeypatch.setattr(coverage, "effect_of", None)
    again = coverage.Store(tmp_path / "e.csv").effect(None, "k", "low")
    assert repr(again) == repr(made)
    with (tmp_path / "e.csv").open("a", encoding="utf-8") as lines:
        lines.write("k,high,-1.5,-2")  # killed while writing
    monkeypatch.setattr(coverage, "effect_of", lambda *_, **__: made)
    coverage.Store(tmp_path / "e.csv").effect(None, "k", "high")
    monkeypatch.setattr(coverage, "effect_of", None)
    for end in ("low", "high"):
        assert repr(coverage.Store(tmp_path / "e.csv").effect(None, "k", end)) == repr(made)


BROKEN = (
    ("K1,A,甲,pre-revew,days:signed:permitted,all,-,k,,", "did you mean `pre-review`"),
    ("K2,A,甲,pre-review,dais:signed:permitted,all,-,k,,", "did you mean `days`"),
    ("K3,A,甲,pre-review,days:signed:permited,all,-,k,,", "did you mean `permitted`"),
    ("K3,A,甲,pre-review,days:signed:permitted,all,-,k,,", "an id that no other row has"),
    ("K4,A,甲,pre-review,days:signed:permitted,all,down,k,,", "expected + or -"),
    ("K5,,甲,pre-review,days:signed:permitted,all,-,k,,", "expected something"),
    ("K6,A,甲,pre-review,share:started,all,-,k,,", "expected a day"),
    ("K7,A,甲,pre-review,share:started@2021-13-01,all,-,k,,", "a day such as 2021-12-31"),
    ("K8,A,甲,pre-review,days:signed,all,-,k,,", "2 parts behind days"),
    ("K9,A,甲,pre-review,stops:nobody,all,-,k,,", "ladder"),
    ("K10,A,甲,pre-review,days:signed:permitted,industry,-,k,,", "conditions such as kind=industry"),
    ("K11,A,甲,pre-review,shows,all,+,k,,", "- where an output shows the mechanism"),
    ("K12,A,甲,-,days:signed:permitted,all,-,k,,", "reform of the scenario"),
    ("K13,A,甲,pre-review,within:started:183,all,-,k,,", "days"),
)


def test_all_problems_of_a_table_at_once(tmp_path: Path) -> None:
    head = "id,mechanism_en,mechanism_zh,switch,measure,group,direction,keys,facts,note"
    table = tmp_path / "mechanisms.csv"
    table.write_text("\n".join([head, *(row for row, _ in BROKEN)]), encoding="utf-8")
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the text is what is looked at
        read_mechanisms("kaifeng", table)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(BROKEN), "\n".join(lines)
    for number, ((_, said), line) in enumerate(zip(BROKEN, lines, strict=True), start=2):
        assert re.search(rf"mechanisms\.csv:{number} ", line)
        assert said in line, line


def test_a_table_without_a_column(tmp_path: Path) -> None:
    table = tmp_path / "mechanisms.csv"
    table.write_text("id,switsch\nK1,pre-review\n", encoding="utf-8")
    with pytest.raises(Exception, match="did you mean `switch`") as caught:
        read_mechanisms("kaifeng", table)
    assert "mechanism_en: got no such column" in str(caught.value)
