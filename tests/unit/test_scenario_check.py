"""What loads and is still odd: warnings; requests that can never be served."""

# ruff: noqa: E501 - tables of messages, one line an entry

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario import Scenario, load_scenario
from sim.scenario.fit import never_fits
from sim.scenario.order import find_circle

TOP = """schema: 1
name: small
defaults: {status: assumed, source: test}
milestones: [{name: signed}, {name: started, activity: start}]
"""


def load(folder: Path, text: str) -> Scenario:
    path = folder / "s.yaml"
    path.write_text(TOP + text, encoding="utf-8")
    return load_scenario(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "parameters: {x: 3 wd}\n",
            "s.yaml:5 parameters.x: got no use, expected `$x` somewhere; use the parameter",
        ),
        (
            "resources: {o: {kind: office, reviewers: 1}}\n",
            "resources.o: got no use, expected an activity that asks",
        ),
        (
            "ladders: {l: [{work: 2 wd}]}\n",
            "ladders.l: got no use, expected an activity whose stops climb it",
        ),
        (
            "mode: {approval: serial}\n",
            "mode.approval: got serial, expected a catalogue: only its items are chained",
        ),
        (
            "counts: {start: started}\n",
            "counts.start: got `start`, expected `starts`; did you mean `starts`?",
        ),
    ],
)
def test_warnings(tmp_path: Path, text: str, message: str) -> None:
    scenario = load(tmp_path, f"{text}activities: {{start: {{work: 1 d}}}}\n")
    (warning,) = scenario.warnings
    assert message in str(warning)
    assert warning.severity == "warning"


def test_a_parameter_of_a_shared_process_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "shared.yaml").write_text(
        TOP + "parameters: {x: 3 wd}\nactivities: {start: {work: 1 d}}\n", encoding="utf-8"
    )
    place = tmp_path / "place.yaml"
    place.write_text("extends: shared.yaml\nname: place\nparameters: {y: 3 wd}\n", encoding="utf-8")
    (warning,) = load_scenario(place).warnings
    assert "place.yaml:3 parameters.y: got no use" in str(warning)


@pytest.mark.parametrize(
    ("activity", "resource", "message"),
    [
        ("amount: area", "", "activities.start.amount: got area, expected `resource:` beside it"),
        ("correct: 3 d", "", "activities.start.correct: got 3 d, expected `returned:` beside it"),
        (
            "resource: r",
            "{kind: office, reviewers: 0}",
            "resources.r.reviewers: got 0, expected at least 1; nobody",
        ),
        (
            "resource: r",
            "{kind: quota, unit: '1', initial: 0}",
            "resources.r: got 0, expected an amount that ever",
        ),
        (
            "resource: r",
            "{kind: meeting, dates: day 3, capacity: 0}",
            "resources.r.capacity: got 0, expected at",
        ),
    ],
)
def test_warnings_about_requests(tmp_path: Path, activity: str, resource: str, message: str) -> None:
    resources = f"resources: {{r: {resource}}}\n" if resource else ""
    scenario = load(tmp_path, f"{resources}activities: {{start: {{work: 1 d, {activity}}}}}\n")
    assert message in "\n".join(str(w) for w in scenario.warnings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("activities: {start: {flag: f}}", "activities.start.flag: got f, expected `share:` beside it"),
        ("activities: {start: {share: 0.1, flag: f}, b: {share: 0.2, flag: f}}", "got 0.2, expected 0.1, as `start`"),
        ("activities: {start: {}, a.b: {}}", "got a.b, expected a name without `.` and `@`"),
        ("activities: {start: {}}\nresources: {r@x: {kind: office, reviewers: 1}}", "expected a name without `@`"),
        ("activities: {start: {applies_if: {kind: industry}}}\nunits: distric", "units: got distric, expected a known"),
        ("activities: {start: {}}\nwithdrawal: {sined: 3 mo}", "withdrawal.sined: got sined, expected `signed`"),
        ("activities: {start: {}}\ncommon_factor: {phases: [startd]}", "phases.0: got startd, expected `started`"),
        ("activities: {start: {}}\nshocks: [{name: a, from: 2021-01-01, to: 2021-01-02, stops: [natural]}]",
         "expected clocks that can stop"),
        ("activities: {start: {resource: r}}\nresources: {r: {kind: office, reviewers: 1, order: [joined, area]}}",
         "order.0: got joined, expected `joined` last and without `-`"),
        ("activities: {start: {resource: r}}\nresources: {r: {kind: office, reviewers: 1, order: [-aria]}}",
         "order.0: got aria, expected `area`"),
        ("activities: {start: {resource: q, amount: area}}\nresources: {q: {kind: quota, initial: 9 mu, "
         "reserved_share: 0.6}}", "reserved_share: got 0.6, expected `reserved_for` beside it"),
        ("activities: {start: {resource: q, amount: area}}\nresources: {q: {kind: quota, initial: 9 mu, unit: acre}}",
         "unit: got acre, expected a known unit of an account"),
        ("activities: {start: {resource: q, amount: area}}\nresources: {q: {kind: quota, initial: 9 mu, "
         "carry_over: some}}", "carry_over: got some, expected all, none or an amount of at least 0"),
        ("activities: {start: {resource: m, work: 2 d}}\nresources: {m: {kind: meeting, dates: day 3, duration: 9 d}}",
         "activities.start.work: got 2 d, expected no `work`: sessions of `m` have a `duration`"),
        ("activities: {start: {}}\nladders: {l: []}", "ladders.l: got a list, expected one or more rungs"),
        ("activities: {start: {}}\ntolerance: {share: 0.1, due_at: stort}", "due_at: got stort, expected `start`"),
        ("activities: {start: {}}\nparameters: {a: $b, b: 1}", "parameters.a: got $b, expected a quantity"),
    ],
)  # fmt: skip
def test_errors(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=r"got .*, expected .*; ") as caught:
        load(tmp_path, text + "\n")
    assert message in str(caught.value)


def test_a_circle_on_one_route_only_is_found_and_two_orders_on_two_routes_are_none(tmp_path: Path) -> None:
    good = """activities:
  land: {after: [], after_by: {land_route: {allocated: [plan]}}}
  plan: {after: [land], after_by: {land_route: {allocated: []}}}
  start: {after: [plan]}
"""
    assert load(tmp_path, good).activities["plan"].predecessors({"land_route": "allocated"}) == ()
    with pytest.raises(InputError, match="the circle land -> plan -> land"):
        load(tmp_path, good.replace("allocated: []", "leased: []"))
    assert find_circle({"a": ("a",)}) == ("a",)


def test_what_is_refused_once_is_not_blamed_twice(tmp_path: Path) -> None:
    text = "activities: {start: {after: [b]}, b: {work: 1 mu, resource: q}}\nresources: {q: {kind: quoto}}\n"
    with pytest.raises(InputError, match="quoto") as caught:
        load(tmp_path, text)
    assert len(caught.value.problems) == 2


def test_requests_that_never_fit(tmp_path: Path) -> None:
    text = """activities:
  pool: {resource: crews, amount: investment, releases_at: start}
  batch: {resource: batch, amount: area, applies_if: {land_state: conversion}}
  quota: {resource: quota, amount: area}
  start: {after: [pool, batch, quota]}
resources:
  crews: {kind: pool, amount: {value: 2 yi, range: [1 yi, 3 yi]}}
  batch: {kind: meeting, dates: first Monday, counts: area, capacity: {value: 2 ha, range: none}}
  quota: {kind: quota, initial: {value: 40 mu, range: none}, carry_over: none, refills: {every: year, amount: 20 mu}}
"""
    projects = [
        {"id": "A", "area": 31.0, "investment": 2.9, "land_state": "conversion"},
        {"id": "B", "area": 41.0, "investment": 3.1, "land_state": "net"},
        {"id": "C", "area": float("nan"), "investment": 1.0, "land_state": "conversion"},
    ]
    found = [str(p) for p in never_fits(load(tmp_path, text), projects)]
    assert [message.split("got ")[1].split(";")[0] for message in found] == [
        "1 projects that ask for more (B), expected at most 3 of `crews`",
        "1 projects that ask for more (A), expected at most 30 of `batch`",
        "1 projects that ask for more (B), expected at most 40 of `quota`",
    ]
    assert never_fits(load_scenario("hello"), [{"id": "A", "area": 9999}]) == ()
