"""Landmark regression and panels: what was known when, and against oracles written out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from forecasts.history import NEVER, UNDATED, History, history_from
from forecasts.landmark import Panel, fit_landmark, record_of
from forecasts.landmark.logit import fit_logit
from forecasts.landmark.planned import face_value, times_realised
from forecasts.landmark.totals import total_paths
from forecasts.monthly import earlier_ledgers
from sim.errors import InputError

START = 24000
NAMES = ("filed", "permitted", "started")


def ledgers(months: int = 36, projects: int = 400, seed: int = 1) -> Panel:
    """Projects that start some months after their permit; of the planned date, only late ones are put off."""
    random = np.random.default_rng(seed)
    filed = START + random.integers(-12, months, projects)
    permitted = filed + random.geometric(0.15, projects)
    started = permitted + 1 + random.geometric(0.3, projects)
    planned = started - random.integers(0, 6, projects)
    left = np.where(random.random(projects) < 0.1, filed + random.integers(1, 20, projects), NEVER)
    started = np.where(left <= started, NEVER, started)
    permitted = np.where(left <= permitted, NEVER, permitted)
    histories = []
    for cutoff in range(START, START + months):
        dates = np.stack([filed, permitted, started], axis=1)
        dates = np.where(dates > cutoff, NEVER, dates)
        shown = filed <= cutoff
        # A date that has passed is put off to three months from now.
        plan = np.where((dates[:, 2] == NEVER) & (planned <= cutoff), cutoff + 3, planned)
        plans = np.full(dates.shape, NEVER)
        plans[:, 2] = plan
        histories.append(
            history_from(
                cutoff,
                NAMES,
                dates[shown],
                ids=[f"p{i}" for i in np.flatnonzero(shown)],
                left=np.where(left <= cutoff, left, NEVER)[shown],
                planned=plans[shown],
            )
        )
    return Panel(tuple(histories))


def snapshot(cutoff: int, ids: str, reached: list[list[int]], planned: list[int] | None = None) -> History:
    plans = None if planned is None else [[NEVER, p] for p in planned]
    return history_from(cutoff, ("a", "b"), reached, ids=list(ids), planned=plans, first=START)


def test_rows_know_what_was_known_then_and_what_became_of_it() -> None:
    one = snapshot(START, "xyz", [[START, NEVER]] * 3, [START + 2, START + 4, START + 9])
    two = snapshot(
        START + 1,
        "xyz",
        [[START, UNDATED], [START, NEVER], [START, NEVER]],
        [START + 2, START + 7, START + 9],
    )
    three = snapshot(START + 2, "xy", [[START, UNDATED], [START, START + 2]], [START + 2, START + 7])
    rows = Panel((one, two, three)).rows
    first = rows.take(rows.cutoff == START)
    assert (first.reached[:, 1] == NEVER).all()
    # x: reached at an unknown date, so when first seen; y: as dated; z: gone without a word.
    assert first.event[:, 1].tolist() == [START + 1, START + 2, NEVER]
    assert first.left.tolist() == [NEVER, NEVER, START + 2]
    assert first.planned[:, 1].tolist() == [START + 2, START + 4, START + 9]
    second = rows.take(rows.cutoff == START + 1)
    assert second.planned[1, 1] - second.first_planned[1, 1] == 3
    known = Panel((one, two, three)).until(START + 1).rows
    assert known.event[known.cutoff == START][:, 1].tolist() == [START + 1, NEVER, NEVER]


def test_a_panel_says_all_that_is_wrong_with_it() -> None:
    one, two = snapshot(START, "x", [[START, NEVER]]), snapshot(START, "x", [[START, NEVER]])
    other = history_from(START - 1, ("a",), [[START - 1]])
    with pytest.raises(InputError) as found:
        Panel((one, two, other))
    assert len(found.value.problems) == 2
    with pytest.raises(InputError):
        Panel(())


def test_the_regression_agrees_with_an_optimiser() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(300, 3)) * [1.0, 5.0, 0.1]
    y = (random.random(300) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    w = random.uniform(0.2, 1.0, 300)
    fit = fit_logit(x, y, w, 4.0)
    mean = np.average(x, axis=0, weights=w)
    z = (x - mean) / np.sqrt(np.average((x - mean) ** 2, axis=0, weights=w))

    def loss(b: np.ndarray) -> float:
        eta = b[0] + z @ b[1:]
        return float(-w @ (y * eta - np.log1p(np.exp(eta))) + 2.0 * b[1:] @ b[1:])

    best = minimize(loss, np.zeros(4), tol=1e-10).x
    assert np.allclose([fit.intercept, *fit.slope], best, atol=1e-4)


def test_chances_are_right_on_average_and_better_than_the_planned_date() -> None:
    panel = ledgers()
    cutoff = START + 23
    known = panel.until(cutoff)
    model = fit_landmark(known, "started")
    rival = fit_landmark(known, "started", plan_only=True)
    assert model is not None
    assert rival is not None
    assert model.before is not None  # a start follows its permit
    rows = panel.rows.take(panel.rows.cutoff == cutoff)
    rows = rows.take(model.open(rows))
    reached = model.reach(rows, 12)
    assert (np.diff(reached, axis=1) >= -1e-12).all()
    assert (reached <= 1 + 1e-9).all()
    came = rows.event[:, 2][:, None] <= cutoff + np.arange(1, 13)
    assert abs(reached.mean() - came.mean()) < 0.08
    error, rivals = ((reached - came) ** 2).mean(), ((rival.reach(rows, 12) - came) ** 2).mean()
    assert error < 0.9 * rivals
    kept = model.kept(rows, 12)
    ahead = rows.planned[:, 2] - cutoff
    assert np.isnan(kept[(ahead < 1) | (ahead > 12)]).all()
    due = np.flatnonzero(np.isfinite(kept))
    assert kept[due[0]] == reached[due[0], ahead[due[0]] - 1]


def test_nothing_later_is_used() -> None:
    panel = ledgers()
    cutoff = START + 20
    rows = panel.rows.take(panel.rows.cutoff == cutoff)
    other = ledgers(seed=2).histories
    spoilt = Panel((*panel.histories[:21], *other[21:]))
    one, two = (fit_landmark(p.until(cutoff), "started") for p in (panel, spoilt))
    assert one is not None
    assert two is not None
    rows = rows.take(one.open(rows))
    assert np.array_equal(one.reach(rows), two.reach(rows))


def test_too_few_events_give_no_model() -> None:
    assert fit_landmark(ledgers().until(START + 1), "started") is None


def test_totals_share_a_level_and_repeat() -> None:
    panel = ledgers().until(START + 23)
    model = fit_landmark(panel, "started")
    assert model is not None
    paths = total_paths(model, panel, 12, 1000, key=(1, 2))
    again = total_paths(model, panel, 12, 1000, key=(1, 2))
    alone = total_paths(model, panel, 12, 1000, key=(1, 2), shared=False)
    assert np.array_equal(paths, again)
    assert paths.shape == (1000, 12)
    assert paths.sum(axis=1).std() > 1.3 * alone.sum(axis=1).std()
    full = ledgers().rows
    first = full.take(np.unique(full.project, return_index=True)[1]).event[:, 2]
    came = ((first > START + 23) & (first <= START + 35)).sum()
    low, high = np.quantile(paths.sum(axis=1), [0.02, 0.98])
    assert low <= came <= high


def test_planned_dates_at_face_value_and_times_what_came_true() -> None:
    one = snapshot(START, "wxyz", [[START, NEVER]] * 4, [START + 2, START + 2, START + 9, NEVER])
    assert face_value(Panel((one,)), "b", 3).tolist() == [0, 2, 0]
    late = [[START, START + 2], [START, NEVER], [START, NEVER], [START, NEVER]]
    two = snapshot(START + 3, "wxyz", late, [START + 2, START + 5, START + 5, START + 6])
    panel = Panel((one, two))
    # One of two came true; three are planned for the next three months.
    paths = times_realised(panel, "b", 3, 4000, key=(1, 1))
    assert paths is not None
    assert abs(paths.sum(axis=1).mean() - 1.5) < 0.1
    assert times_realised(Panel((one,)), "b", 3, 10, key=(1, 1)) is None


def test_the_record_warns_and_refuses_overwritten_plans() -> None:
    panel = ledgers().until(START + 30)
    record = record_of(panel, ["started"])
    assert record.restated
    assert record.events["started"] > 100
    assert len(record.chances) > 10
    ps = [chance.p_late for chance in record.chances.values()]
    assert all(0.0 <= p <= 1.0 for p in ps)
    assert {chance.cause for chance in record.chances.values()} <= {
        "planned_date",
        "stage_reached",
        "time_waiting",
        "slips_so_far",
        "kind",
    }
    last = panel.histories[-1]
    planned = last.planned.copy()
    planned[:, 2] = np.where(last.reached[:, 2] != NEVER, last.reached[:, 2], planned[:, 2])
    written = history_from(last.cutoff, NAMES, last.reached, ids=last.ids, planned=planned)
    assert not record_of(Panel.rewound(written), ["started"]).events


def test_ledgers_beside_one_are_found_by_their_dates(tmp_path: Path) -> None:
    for name in ("list-2021-07.csv", "list-2021-08.csv", "list-2021-09.csv", "plan-2021-06.csv", "list.csv"):
        (tmp_path / name).write_text("id\n")
    found = earlier_ledgers(tmp_path / "list-2021-09.csv")
    assert [(day, file.name) for day, file in found] == [
        (date(2021, 7, 31), "list-2021-07.csv"),
        (date(2021, 8, 31), "list-2021-08.csv"),
    ]
    assert earlier_ledgers(tmp_path / "list.csv") == ()
