"""Early warning on real panels: the landmark regression against the planned date alone, on the same rows.

    python -m benchmarks.forecasts.landmark

Projects whose planned date lies within twelve months, at every monthly cut-off with twelve months of truth
after it. Intervals: projects resampled whole (a project has up to twelve rows), 90 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from benchmarks.forecasts.panels import GRID_COVARIATES, PIPELINE_COVARIATES, grid_panel, pipeline_panel
from forecasts.landmark import Panel, fit_landmark
from forecasts.landmark.planned import face_value, times_realised
from forecasts.landmark.totals import total_paths

Floats = npt.NDArray[np.float64]

MONTHS = 12
#: Choices were made on cut-offs up to this month (2019-12); later ones are reported apart.
CHOSEN_TO = 12 * 2019 + 11
DRAWS = 2000


class Due(NamedTuple):
    """Rows due within twelve months: columns N long."""

    cutoff: Floats
    project: Floats
    to_plan: Floats
    reached: Floats
    kept: Floats
    p_reached: Floats
    p_kept: Floats
    plan_reached: Floats
    plan_kept: Floats


def due_rows(panel: Panel, milestone: str, promise: str, covariates: Sequence[str]) -> Due:
    """Forecast at every cut-off that has its truth, from nothing later."""
    k, q = panel.milestones.index(milestone), panel.milestones.index(promise)
    found = []
    for history in panel.histories:
        known = panel.until(history.cutoff)
        if history.cutoff + MONTHS > panel.cutoff:
            break
        model = fit_landmark(known, milestone, promise=promise, covariates=covariates)
        rival = fit_landmark(known, milestone, promise=promise, plan_only=True)
        if model is None or rival is None:
            continue
        rows = panel.rows.take(panel.rows.cutoff == history.cutoff)
        ahead = rows.planned[:, q] - history.cutoff
        rows = rows.take(model.open(rows) & (ahead >= 1) & (ahead <= MONTHS))
        event, planned = rows.event[:, k], rows.planned[:, q]
        found.append(
            [
                rows.cutoff,
                rows.project,
                planned - rows.cutoff,
                event <= rows.cutoff + MONTHS,
                event <= planned,
            ]
            + [f for m in (model, rival) for f in (m.reach(rows, MONTHS)[:, -1], m.kept(rows, MONTHS))]
        )
    c, p, ahead, reached, kept, a, b, c2, d = (
        np.concatenate(x).astype(float) for x in zip(*found, strict=True)
    )
    return Due(c, p, ahead, reached, kept, a, b, c2, d)


def auc(score: Floats, happened: Floats) -> float:
    """Give the area under the ROC curve."""
    ranks, n = rankdata(score), happened.sum()
    if not 0 < n < len(happened):
        return float("nan")
    return float((ranks[happened == 1].sum() - n * (n + 1) / 2) / (n * (len(happened) - n)))


def gains(due: Due, what: str) -> dict[str, float]:
    """Give AUC and Brier of both, and how much better the regression is than the better rival.

    Rivals in AUC: the months to the planned date as they are, and a regression on them.
    """
    happened, p, q = (
        (due.reached, due.p_reached, due.plan_reached)
        if what == "reached"
        else (due.kept, due.p_kept, due.plan_kept)
    )
    ours, nearest, rival = auc(p, happened), auc(-due.to_plan, happened), auc(q, happened)
    brier, rival_brier = float(np.mean((p - happened) ** 2)), float(np.mean((q - happened) ** 2))
    return {
        "auc": ours,
        "auc_plan": max(nearest, rival),
        "auc_gain": ours - max(nearest, rival),
        "brier": brier,
        "brier_plan": rival_brier,
        "brier_climatology": float(happened.var()),
        "brier_gain": rival_brier - brier,
    }


def intervals(due: Due, what: str, seed: int = 0) -> dict[str, tuple[float, float]]:
    """Give 90 % intervals of the gains: projects drawn with replacement, with all their rows."""
    random = np.random.default_rng(seed)
    projects, of = np.unique(due.project, return_inverse=True)
    order = np.argsort(of, kind="stable")
    places = np.split(order, np.cumsum(np.bincount(of))[:-1])
    draws = []
    for _ in range(DRAWS // 4):
        picked = np.concatenate([places[i] for i in random.integers(0, len(projects), len(projects))])
        draws.append(gains(Due(*(column[picked] for column in due)), what))
    return {
        name: tuple(np.nanquantile([d[name] for d in draws], [0.05, 0.95]).tolist())
        for name in ("auc_gain", "brier_gain")
    }


def totals(
    panel: Panel, milestone: str, promise: str | None, covariates: Sequence[str]
) -> list[dict[str, float]]:
    """Score twelve-month totals at every cut-off with its truth: CRPS of each, and whether 80 % covers."""
    k, found = panel.milestones.index(milestone), []
    first = panel.rows.take(np.unique(panel.rows.project, return_index=True)[1])
    event = first.event[:, k]
    for history in panel.histories:
        cutoff, known = history.cutoff, panel.until(history.cutoff)
        model = fit_landmark(known, milestone, promise=promise, covariates=covariates)
        if cutoff + MONTHS > panel.cutoff or model is None:
            continue
        came = float(((event > cutoff) & (event <= cutoff + MONTHS)).sum())
        before = float(((event > cutoff - MONTHS) & (event <= cutoff)).sum())
        key = (cutoff, k)
        samples = {
            "landmark": total_paths(model, known, MONTHS, DRAWS, key=key),
            "independent": total_paths(model, known, MONTHS, DRAWS, key=key, shared=False),
            "last year": np.random.default_rng(key).poisson(before, (DRAWS, 1)),
        }
        if promise is not None:
            samples["face value"] = face_value(known, milestone, MONTHS, promise=promise)[None]
            realised = times_realised(known, milestone, MONTHS, DRAWS, key=key, promise=promise)
            if realised is not None:
                samples["x realisation"] = realised
        row = {"cutoff": float(cutoff), "came": came}
        for name, paths in samples.items():
            sums = paths.sum(axis=1).astype(float)
            low, high = np.quantile(sums, [0.1, 0.9])
            row |= {name: crps(sums, came), f"{name} inside": float(low <= came <= high)}
        found.append(row)
    return found


def crps(samples: Floats, outcome: float) -> float:
    """Give the fair CRPS of a sample; the absolute error where it is one value."""
    n, ordered = len(samples), np.sort(samples)
    if n == 1:
        return float(abs(ordered[0] - outcome))
    spread = ((2 * np.arange(1, n + 1) - n - 1) @ ordered) / (n * (n - 1))
    return float(np.abs(ordered - outcome).mean() - spread)


def main() -> None:
    """Print the tables."""
    grid = grid_panel()
    for milestone in ("commercial", "synchronised", "energised"):
        due = due_rows(grid, milestone, "commercial", GRID_COVARIATES)
        for name, chosen in (("to 2019-12", due.cutoff <= CHOSEN_TO), ("later", due.cutoff > CHOSEN_TO)):
            part = Due(*(column[chosen] for column in due))
            for what in ("reached", "kept"):
                size = f"{len(part.cutoff)} rows, {len(np.unique(part.project))} projects, "
                size += f"{len(np.unique(part.cutoff))} cut-offs"
                numbers = {n: round(v, 4) for n, v in gains(part, what).items()}
                bounds = {n: tuple(round(x, 4) for x in v) for n, v in intervals(part, what).items()}
                print(f"{milestone} {what}, {name}: {size} {numbers} {bounds}")
        print_totals(f"{milestone} totals", totals(grid, milestone, "commercial", GRID_COVARIATES))
    pipeline = totals(pipeline_panel(), "construction", None, PIPELINE_COVARIATES)
    print_totals("pipeline, construction totals", pipeline)


def print_totals(title: str, rows: Sequence[dict[str, float]]) -> None:
    """Print mean CRPS and coverage, choices and later apart."""
    for name, part in (
        ("to 2019-12", [r for r in rows if r["cutoff"] <= CHOSEN_TO]),
        ("later", [r for r in rows if r["cutoff"] > CHOSEN_TO]),
    ):
        if part:
            means = {
                k: round(float(np.mean([r.get(k, np.nan) for r in part])), 2)
                for k in part[0]
                if k != "cutoff"
            }
            print(f"{title}, {name}: {len(part)} cut-offs {means}")


if __name__ == "__main__":
    main()
