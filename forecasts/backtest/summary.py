"""Scores of many origins as a person reads them: by measure and member, pooled, by horizon, as chances.

Every ratio has its block-bootstrap interval, and "better" stands only where that interval excludes 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from forecasts import bootstrap, scores
from forecasts.backtest.scored import MONTH, TOTAL, YEAR

#: The members that others are set against: the first by all, the second as "no better than last year".
REFERENCE, NAIVE = "ets", "naive"

#: Resamples behind every interval; the seed is fixed: an interval is no draw of the forecast.
DRAWS: Final = 1000

Row = dict[str, Any]


def by_measure(rows: pd.DataFrame, target: str = TOTAL) -> list[Row]:
    """Return a row for every measure and member: scores of one target, against the reference."""
    chosen = rows[rows["target"] == target]
    found = []
    for measure, of_measure in chosen.groupby("measure", sort=False):
        for member, mine in of_measure.groupby("member", sort=False):
            row: Row = {"measure": measure, "member": member, "target": target, **_plain(mine)}
            for name, other in (("ets", REFERENCE), ("naive", NAIVE)):
                row |= _against(mine, of_measure[of_measure["member"] == other], name, full=name == "ets")
            found.append(row)
    return found


def _plain(mine: pd.DataFrame) -> Row:
    """Return the scores of one member that need no other."""
    return {
        "origins": int(mine["origin"].nunique()),
        "crps": float(mine["crps"].mean()),
        "mase": float((mine["error"] / mine["scale"]).mean()),
        "bias": float((mine["gap"] / mine["scale"]).mean()),
        **{f"cover{p}": float(mine[f"inside{p}"].mean()) for p in (50, 80, 95)},
        **{f"width{p}": float(mine[f"width{p}"].mean()) for p in (50, 80, 95)},
        "interval_score": float(mine["interval_score"].mean()),
        "pit": [round(float(share), 3) for share in scores.pit_bins(mine["pit"])],
    }


def _paired(mine: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return both members' scores of the same forecasts side by side."""
    keys = ["origin", "measure", "target", "horizon"]
    return mine.merge(other, on=keys, suffixes=("", "_other"))


def _against(mine: pd.DataFrame, other: pd.DataFrame, name: str, *, full: bool) -> Row:
    """Return the ratio of mean CRPS to another member's, with its interval and verdict where wanted."""
    pairs = _paired(mine, other)
    if pairs.empty:
        return {f"ratio_{name}": None}
    found = bootstrap.ratio_of_means(pairs["origin"], pairs["crps"], pairs["crps_other"], draws=DRAWS)
    if not full:
        return {f"ratio_{name}": found.value}
    itself = mine["member"].iloc[0] == other["member"].iloc[0]
    return _with_interval(f"ratio_{name}", found) | {"verdict": None if itself else found.verdict()}


def _with_interval(name: str, found: bootstrap.Interval) -> Row:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def pooled(rows: pd.DataFrame, energies: pd.DataFrame, target: str = TOTAL) -> list[Row]:
    """Return a row for every member over all measures together.

    Ratios are geometric means over measures; the coverage's interval and theirs draw the same years for
    all measures. Members that do not answer every measure are compared on those they do.
    """
    chosen = rows[rows["target"] == target]
    found = []
    for member, mine in chosen.groupby("member", sort=False):
        row: Row = {"member": member, "target": target, "forecasts": len(mine)}
        for name, other in (("ets", REFERENCE), ("naive", NAIVE)):
            row |= _geometric(mine, chosen[chosen["member"] == other], name)
        row |= _with_interval("cover80", bootstrap.mean_of(mine["origin"], mine["inside80"], draws=DRAWS))
        row |= {f"cover{p}": float(mine[f"inside{p}"].mean()) for p in (50, 95)}
        row["pit"] = [round(float(share), 3) for share in scores.pit_bins(mine["pit"])]
        found.append(row | _energy(energies, str(member)))
    return found


def _geometric(mine: pd.DataFrame, other: pd.DataFrame, name: str) -> Row:
    pairs = _paired(mine, other)
    if pairs.empty:
        return {f"ratio_{name}": None}
    series = list(pairs["measure"])
    crps = bootstrap.geometric_mean(pairs["origin"], series, pairs["crps"], pairs["crps_other"], draws=DRAWS)
    row = _with_interval(f"ratio_{name}", crps)
    if name == "ets":
        for column in ("interval_score", "width80"):
            ours, theirs = pairs[column], pairs[f"{column}_other"]
            found = bootstrap.geometric_mean(pairs["origin"], series, ours, theirs, draws=DRAWS)
            row |= _with_interval(f"{column}_{name}", found)
    return row


def _energy(energies: pd.DataFrame, member: str) -> Row:
    mine = energies[energies["member"] == member]
    pairs = mine.merge(energies[energies["member"] == REFERENCE], on="origin", suffixes=("", "_other"))
    if pairs.empty:
        return {"energy_ets": None}
    ratio = bootstrap.ratio_of_means(pairs["origin"], pairs["energy"], pairs["energy_other"], draws=DRAWS)
    return _with_interval("energy_ets", ratio)


def by_horizon(rows: pd.DataFrame) -> list[Row]:
    """Return coverage and ratio to the reference month by month, over all measures, for every member."""
    months = rows[rows["target"] == MONTH]
    found = []
    for (member, horizon), mine in months.groupby(["member", "horizon"], sort=False):
        other = months[(months["member"] == REFERENCE) & (months["horizon"] == horizon)]
        pairs = _paired(mine, other)
        logs = [
            np.log(p["crps"].mean() / p["crps_other"].mean())
            for _, p in pairs.groupby("measure")
            if p["crps"].mean() > 0 and p["crps_other"].mean() > 0
        ]
        found.append(
            {
                "member": member,
                "horizon": int(mine["horizon"].iloc[0]),
                "forecasts": len(mine),
                "ratio_ets": float(np.exp(np.mean(logs))) if logs else None,
                **{f"cover{p}": float(mine[f"inside{p}"].mean()) for p in (50, 80, 95)},
                "width80": float((mine["width80"] / mine["scale"]).mean()),
            }
        )
    return found


def chances(rows: pd.DataFrame) -> list[Row]:
    """Return how honest the chance of "last 12 months and 5 %" was, over all measures, for every member."""
    asked = rows[(rows["target"] == TOTAL) & rows["chance"].notna()]
    found = []
    for member, mine in asked.groupby("member", sort=False):
        p, happened = mine["chance"].to_numpy(), mine["happened"].to_numpy()
        found.append(
            {
                "member": member,
                "forecasts": len(mine),
                "happened": float(happened.mean()),
                "brier": scores.brier(p, happened),
                **_with_interval("skill", _skill(mine)),
                "slope": scores.reliability_slope(p, happened),
                "calibration_error": scores.calibration_error(p, happened),
                "reliability": [
                    [round(a, 2), round(b, 2), n] for a, b, n in scores.reliability_table(p, happened)
                ],
            }
        )
    return found


def _skill(mine: pd.DataFrame) -> bootstrap.Interval:
    """Return the Brier skill against the share that happened, with its interval."""
    p, o = mine["chance"].to_numpy(), mine["happened"].to_numpy()

    def skill(weight: np.ndarray[Any, Any]) -> float:
        total = weight.sum()
        if not total:
            return float("nan")
        base = float(weight @ o / total)
        against = base * (1 - base)
        return float(1 - (weight @ (p - o) ** 2) / total / against) if against > 0 else float("nan")

    return bootstrap.resample(mine["origin"], skill, draws=DRAWS)


def periods(rows: pd.DataFrame, split: int | None) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield all origins, and where choices were made on some of them, those and the later ones apart.

    Parameters
    ----------
    rows : DataFrame
    split : int, optional
        Last origin that choices were made on.
    """
    yield "all", rows
    if split is not None:
        for name, part in (("choices", rows["origin"] <= split), ("later", rows["origin"] > split)):
            if part.any() and not part.all():
                yield name, rows[part]


def summarised(rows: pd.DataFrame, energies: pd.DataFrame, split: int | None = None) -> dict[str, list[Row]]:
    """Return all tables, each row with its period.

    Returns
    -------
    dict
        ``measures`` (totals and calendar years), ``pooled``, ``horizons``, ``chances``.
    """
    found: dict[str, list[Row]] = {"measures": [], "pooled": [], "horizons": [], "chances": []}
    for period, part in periods(rows, split):
        origins = set(part["origin"])
        joint = energies[energies["origin"].isin(origins)]
        tables: dict[str, Sequence[Row]] = {
            "measures": [*by_measure(part, TOTAL), *by_measure(part, YEAR)],
            "pooled": pooled(part, joint),
            "horizons": by_horizon(part),
            "chances": chances(part),
        }
        for name, table in tables.items():
            found[name] += [{"period": period, **row} for row in table]
    return found
