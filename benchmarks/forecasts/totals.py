"""Totals of the next twelve months from rolling origins: three UK series, two of the US.

The way to forecast is chosen on origins up to 2014-12 only, by a rule; later origins are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.forecasts.data import uk_ledger, us_series
from benchmarks.rows import Row
from forecasts.backtest.sources import Source
from forecasts.backtest.study import Asked, month_given, said_by, span_given
from forecasts.backtest.summary import by_horizon, by_measure, chances, periods, pooled

#: Last origin that choices are made on.
CHOICES: Final = month_given("2014-12", "")

#: Name, source, origins, the measures scored, and the member that knows most.
STUDIES: Final[tuple[tuple[str, Callable[[], Source], str, tuple[str, ...], str], ...]] = (
    ("UK", uk_ledger, "2010-12:2019-12", ("consents", "starts", "completions"), "ledger"),
    ("US", us_series, "1999-12:2013-12", ("starts", "completions"), "chain"),
)

#: Ways to forecast among which the rule chooses; `own` is the ledger, of series the chain.
WAYS: Final = ("own", "own_recalibrated", "blend", "blend_recalibrated")


def forecasts_of(tell: Callable[[str], None], paths: int, seed: int) -> pd.DataFrame:
    """Return one row a forecast of all studies, measures named by study."""
    found = []
    for name, source, origins, measures, own in STUDIES:
        tell(name)
        asked = Asked(span_given(origins), paths=paths, seed=seed, choices_until=CHOICES)
        rows = said_by(source(), asked).rows()
        rows = rows[rows["measure"].isin(measures)].copy()
        rows["measure"] = f"{name} " + rows["measure"]
        rows["member"] = rows["member"].str.replace(f"^{own}", "own", regex=True)
        found.append(rows)
    return pd.concat(found, ignore_index=True)


def chosen_way(rows: pd.DataFrame) -> str:
    """Return the way with the least interval score against log-ETS on origins of choices.

    The interval score asks for width and honesty together; ways within 5 % CRPS of the best compete.
    """
    early = rows[rows["origin"] <= CHOICES]
    table = {row["member"]: row for row in pooled(early, _no_energies()) if row["member"] in WAYS}
    best = min(row["ratio_ets"] for row in table.values())
    close = [way for way in WAYS if table[way]["ratio_ets"] <= 1.05 * best]
    return min(close, key=lambda way: float(table[way]["interval_score_ets"]))


def _no_energies() -> pd.DataFrame:
    return pd.DataFrame(columns=["origin", "member", "energy"])


def totals(tell: Callable[[str], None], paths: int = 1000, seed: int = 1) -> Iterator[Row]:
    """Yield the rows of the issue's table that totals answer, then every way beside them."""
    rows = forecasts_of(tell, paths, seed)
    way = chosen_way(rows)
    for period, part in periods(rows, CHOICES):
        yield from _targets(period, part, way)
    for period, part in periods(rows, CHOICES):
        for row in pooled(part, _no_energies()):
            if row["member"] != way:
                yield _beside(period, row)


def _targets(period: str, rows: pd.DataFrame, way: str) -> Iterator[Row]:
    """Yield what the chosen way reached; targets stand beside all origins only."""
    judge = period == "all"
    where = f"{way}, {_PERIODS[period]}"
    total = {row["member"]: row for row in pooled(rows, _no_energies())}[way]
    yield Row(
        "totals", "CRPS / log-ETS, geometric mean of the series", total["ratio_ets"],
        at_most=0.70 if judge else None, source=f"{where}; 90 %: {_span(total, 'ratio_ets')}",
    )  # fmt: skip
    yield Row("totals", "CRPS / seasonal naive, geometric mean", total["ratio_naive"], source=where)
    for row in by_measure(rows):
        if row["member"] == way:
            yield Row(
                "totals", f"CRPS / log-ETS: {row['measure']} (low end of 90 %)", row["ratio_ets_low"],
                at_most=1.0 if judge else None,
                source=f"{where}; {row['ratio_ets']:.2f} {_span(row, 'ratio_ets')}, {row['verdict']};"
                f" MASE {row['mase']:.2f}, bias {row['bias']:+.2f}, 80 % holds {row['cover80']:.0%}",
            )  # fmt: skip
    yield from _honesty(rows, way, total, where, judge=judge)


def _honesty(
    rows: pd.DataFrame, way: str, total: dict[str, Any], where: str, *, judge: bool
) -> Iterator[Row]:
    """Yield coverage, interval score and chances."""
    off = max(total["cover80_low"] - 0.8, 0.8 - total["cover80_high"], 0.0)
    cover = f"{total['cover80']:.3f} {_span(total, 'cover80')}"
    also = f"50 %: {total['cover50']:.0%}, 95 %: {total['cover95']:.0%}; PIT {total['pit']}"
    yield Row(
        "honesty", "80 % intervals: distance of 80 % from the bootstrap 90 %", 100 * off, "points",
        at_most=0.0 if judge else None, source=f"{where}: {cover}; {also}",
    )  # fmt: skip
    yield Row(
        "honesty", "interval score / log-ETS", total["interval_score_ets"],
        at_most=0.85 if judge else None,
        source=f"{where}; {_span(total, 'interval_score_ets')}; width {total['width80_ets']:.2f}",
    )  # fmt: skip
    months = [row for row in by_horizon(rows) if row["member"] == way]
    text = " ".join(f"{row['cover80']:.0%}" for row in months)
    worst = max(abs(row["cover80"] - 0.8) for row in months)
    yield Row(
        "honesty", "80 % by month ahead: largest distance", 100 * worst, "points", source=f"{where}: {text}"
    )
    plan = next(row for row in chances(rows) if row["member"] == way)
    met = f"{where}; {plan['forecasts']} forecasts, {plan['happened']:.0%} happened"
    met += f"; ECE {plan['calibration_error']:.2f}"
    yield Row(
        "chances", "last 12 months + 5 %: Brier skill", plan["skill"],
        at_least=0.33 if judge else None, source=f"{met}; {_span(plan, 'skill')}",
    )  # fmt: skip
    slope = plan["slope"]
    yield Row(
        "chances", "reliability slope: distance from 0.85-1.15", max(0.85 - slope, slope - 1.15, 0.0), "",
        at_most=0.0 if judge else None, source=f"{where}: {slope:.2f}; {plan['reliability']}",
    )  # fmt: skip


def _beside(period: str, row: dict[str, Any]) -> Row:
    """Return a way that was not chosen, for comparison."""
    ratio = row.get("ratio_ets")
    text = (
        f"{_PERIODS[period]}; {_span(row, 'ratio_ets')}; / naive {row['ratio_naive']:.2f}; 80 % holds"
        f" {row['cover80']:.0%}; interval score {row['interval_score_ets']:.2f}"
    )
    return Row(
        "beside", f"CRPS / log-ETS: {row['member']}", float(np.nan if ratio is None else ratio), source=text
    )


def _span(row: dict[str, Any], name: str) -> str:
    return f"[{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]"


_PERIODS: Final = {"all": "all origins", "choices": "origins to 2014-12", "later": "later origins"}
