"""The ledger forecast: every open project and every arrival run forward under hazards and common shocks.

Months to come are counted in paths: county, kind and city totals are sums of the same paths, so they agree.
Projects are never independent: all of a stage share its level (`forecasts.level`), and it walks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts.filings import Filings, filings_of, walk
from forecasts.hazards.kernel import run_paths
from forecasts.hazards.opened import Opened, opened
from forecasts.hazards.spells import bin_of_age, seen_in, stays_of
from forecasts.hazards.table import WINDOWS, Table, fit_table
from forecasts.history import History
from forecasts.months import label
from forecasts.nowcast import OnRecord
from sim.philox import hash_names

__all__ = ["PARTS", "LedgerForecast", "OnRecord", "forecast_ledger"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Where an event comes from: a project on record and open, one filed but not on record, one still to come.
PARTS: Final[tuple[str, ...]] = ("in flight", "hidden", "future")


@dataclass(frozen=True)
class LedgerForecast:
    """Paths of all milestones over the months after a cut-off.

    Parameters
    ----------
    history : History
    horizon : int
    seed : int
    hidden_months : int
    tables : tuple of Table
        One for every window; path i has number i modulo their count.
    opened : Opened
    filings : Filings
    factor : (n, K-1, K, D + H) float64
        Season times level.
    thin : (K, D + H) float64
    counts : (n, 3, K, D + H) int32
        Events by path, part, milestone and month, hidden months first.
    hits : (P, K, D + H) int32
        Paths in which open project p (`opened.rows`) reached a milestone in a month; 0: left.
    """

    history: History
    horizon: int
    seed: int
    hidden_months: int
    tables: tuple[Table, ...]
    opened: Opened
    filings: Filings
    factor: Floats
    thin: Floats
    counts: npt.NDArray[np.int32]
    hits: npt.NDArray[np.int32]

    def paths(self, milestone: str) -> Ints:
        """Give the events of a milestone by path and month, (n, H)."""
        return np.asarray(self.parts(milestone).sum(axis=1))

    def parts(self, milestone: str) -> Ints:
        """Give them by part as well (`PARTS`), (n, 3, H)."""
        k = self.history.milestones.index(milestone)
        return self.counts[:, :, k, self.hidden_months :].astype(np.int64)

    def unrecorded(self, milestone: str) -> Ints:
        """Give the events up to the cut-off that are not on record, (n, D)."""
        k = self.history.milestones.index(milestone)
        return np.asarray(self.counts[:, :, k, : self.hidden_months].sum(axis=1, dtype=np.int64))

    def by_group(self, milestone: str) -> Ints:
        """Give the events by path, group (`History.group_names`) and month, (n, G, H)."""
        k = self.history.milestones.index(milestone)
        return _run(self, grouped=True)[2][:, :, k, self.hidden_months :].astype(np.int64)

    def projects(self, milestone: str) -> Floats:
        """Give P(milestone reached by the end of each month) of every project of the history, (P, H).

        A milestone reached before has 1; a skipped one counts as reached.
        """
        k = self.history.milestones.index(milestone)
        running = self.hits[:, k].cumsum(axis=1)[:, self.hidden_months :] / len(self.counts)
        known = self.history.reached[:, k] <= self.history.cutoff
        chance = np.repeat(known[:, None].astype(np.float64), self.horizon, axis=1)
        fresh = ~known[self.opened.rows]
        chance[self.opened.rows[fresh]] = running[fresh]
        return np.asarray(chance)


def forecast_ledger(
    history: History,
    horizon: int = 12,
    *,
    paths: int = 2000,
    seed: int = 1,
    windows: Sequence[int] = WINDOWS,
    on_record: OnRecord | None = None,
    plan: npt.ArrayLike | None = None,
) -> LedgerForecast:
    """Forecast a ledger from what is known at its cut-off.

    Parameters
    ----------
    history : History
    horizon : int
        Months after the cut-off.
    paths : int
    seed : int
    windows : sequence of int
        Months of calendar time the hazards are taken from, an equal share of the paths each.
    on_record : OnRecord, optional
        Reporting delay; left out, everything is on record at once.
    plan : (horizon,) int, optional
        Filings a month where they are known.

    Returns
    -------
    LedgerForecast
    """
    hidden = 0 if on_record is None else on_record.hidden_months
    stays = stays_of(history)
    kinds, milestones = len(history.stratum_names), len(history.milestones)
    first = max(history.first, history.cutoff - max(windows) + 1)
    seen = seen_in(stays, history.strata, (milestones, kinds), first, history.cutoff)
    complete = np.ones((milestones, seen.exposure.shape[1]))
    thin = np.ones((milestones, hidden + horizon))
    known = None
    if on_record is not None:
        complete = on_record.by_exit(np.arange(seen.exposure.shape[1])[::-1])
        thin[:, :hidden] = np.maximum(1.0 - on_record.by_exit(np.arange(hidden)[::-1]), 0.0)
        known = on_record.reached[0]
    tables = tuple(fit_table(seen, window, complete) for window in windows)
    filings = filings_of(history, horizon, paths, seed, known=known, hidden_months=hidden, plan=plan)
    factor = _factors(tables, history, hidden, horizon, paths, seed)
    now = opened(history, stays, hidden)
    shape = (milestones, hidden + horizon)
    empty = LedgerForecast(
        history,
        horizon,
        seed,
        hidden,
        tables,
        now,
        filings,
        factor,
        thin,
        np.zeros((paths, len(PARTS), *shape), dtype=np.int32),
        np.zeros((len(now.rows), *shape), dtype=np.int32),
    )
    _run(empty, counts=empty.counts, hits=empty.hits)
    return empty


def _factors(
    tables: Sequence[Table], history: History, hidden: int, horizon: int, n: int, seed: int
) -> Floats:
    """Give season times level of every path, stage, exit and month, (n, K-1, K, D + H)."""
    stages, exits, _ = tables[0].season.shape
    factor = np.ones((n, stages, exits, hidden + horizon))
    of_year = (history.cutoff + 1 - hidden + np.arange(hidden + horizon)) % 12
    for number, table in enumerate(tables):
        mine = slice(number, n, len(tables))
        size = len(range(n)[mine])
        for k in range(stages):
            for c in (0, *range(k + 1, exits)):
                names = (table.window, history.milestones[k], history.milestones[c] if c else "left")
                level = walk(table.levels, k * exits + c, horizon, size, seed, "level", *names)
                # Months with hidden exits have the level of the cut-off: the filter saw little of them.
                level = np.hstack([np.repeat(level[:, :1], hidden, axis=1), level])
                factor[mine, k, c] = table.season[k, c, of_year] * np.exp(np.minimum(level, 20.0))
    return factor


def _run(
    forecast: LedgerForecast,
    *,
    counts: npt.NDArray[np.int32] | None = None,
    hits: npt.NDArray[np.int32] | None = None,
    grouped: bool = False,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Run all paths; what is not given is counted anew, groups only where asked for."""
    f, history = forecast, forecast.history
    n, _, milestones, months = f.counts.shape
    groups = np.zeros((n, len(history.group_names) if grouped else 0, milestones, months), dtype=np.int32)
    counts = np.zeros_like(f.counts) if counts is None else counts
    hits = np.zeros_like(f.hits) if hits is None else hits
    rates = np.stack([table.rates() for table in f.tables])
    _, stages, _, bins, strata = rates.shape
    names = [f"filed {label(history.cutoff + 1 - f.hidden_months + month)}" for month in range(months)]
    run_paths(
        f.seed,
        0,
        np.arange(n, dtype=np.int64) % len(f.tables),
        rates,
        f.factor,
        f.thin,
        f.hidden_months,
        bin_of_age(max(months, 200)),
        f.opened.cells,
        f.opened.cell_of,
        history.keys[f.opened.rows],
        history.groups[f.opened.rows],
        f.filings.counts,
        f.filings.shares,
        f.filings.origins,
        hash_names(names),
        np.empty((stages, strata, bins, months)),
        np.empty((stages, strata, bins, months)),
        np.empty((stages, strata, months, months)),
        np.empty((stages, strata, months)),
        np.empty((len(f.opened.cells), months)),
        np.empty(len(f.opened.cells)),
        counts,
        groups,
        hits,
    )
    return counts, hits, groups
