"""Where each unit stands: score and rank with their uncertainty, and what one more start would do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.indicators import Table, make_table
from forecasts.money import aligned, drawn
from forecasts.path import Path
from sim.experiment import Outcome
from sim.ranks import Rules, competition_ranks, scores
from sim.scenario.ranking import Indicator, Ranking

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scored:
    """What the scores of some replications are made of.

    Parameters
    ----------
    ranking : Ranking
    values : (r, U, I) float64
        NaN where a unit has no value.
    weights : (r, I) float64
    extra : (r, U) float64
        Bonus points.
    """

    ranking: Ranking
    values: Floats
    weights: Floats
    extra: Floats

    @cached_property
    def totals(self) -> Floats:
        """Scores with their bonus points (r, U), NaN for a unit without any value."""
        of = self.ranking
        rules = Rules(of.method, 1.0 if of.constant == "full" else 0.0, of.missing, float(of.winsorise))
        less = np.array([each.less for each in of.indicators.values()], dtype=np.bool_)
        return scores(self.values, self.weights, rules, less) + self.extra


class Tally:
    """Sums over replications; its size does not depend on how many there are."""

    def __init__(self, units: int, indicators: int) -> None:
        self.replications = 0
        self.ranks = np.zeros((units, units + 1), dtype=np.int64)  # in place 0: without a score, no rank
        self.last = np.zeros(units, dtype=np.int64)
        self.score, self.square = np.zeros(units), np.zeros(units)
        self.places, self.points = np.zeros(units), np.zeros(units)
        self.up = np.zeros(units, dtype=np.int64)
        self.values, self.valued = np.zeros((units, indicators)), np.zeros((units, indicators))
        self.constant, self.weights = np.zeros(indicators), np.zeros(indicators)

    def add(self, totals: Floats, values: Floats, weights: Floats) -> Longs:
        """Add some replications: (r, U), (r, U, I), (r, I); return their ranks (r, U)."""
        ranks = ranks_of(totals)
        self.replications += len(totals)
        for u in range(totals.shape[1]):
            self.ranks[u] += np.bincount(ranks[:, u], minlength=self.ranks.shape[1])
        self.last += ((ranks == ranks.max(axis=1, keepdims=True)) & (ranks > 0)).sum(axis=0)
        filled = np.nan_to_num(totals)
        self.score += filled.sum(axis=0)
        self.square += (filled**2).sum(axis=0)
        self.values += np.nan_to_num(values).sum(axis=0)
        self.valued += (~np.isnan(values)).sum(axis=0)
        known = ~np.isnan(values)
        low = np.where(known, values, np.inf).min(axis=1)
        high = np.where(known, values, -np.inf).max(axis=1)
        self.constant += ((low >= high) & known.any(axis=1)).sum(axis=0)
        self.weights += (weights / weights.sum(axis=1, keepdims=True)).sum(axis=0)
        return ranks

    def add_one_more(self, unit: int, before: Longs, after: Longs, points: Floats) -> None:
        """Add what one more start of a unit did to its rank (r,), where it has one, and score (r,)."""
        gained = np.where((before > 0) & (after > 0), before - after, 0)
        self.places[unit] += gained.sum()
        self.up[unit] += (gained > 0).sum()
        self.points[unit] += np.nan_to_num(points).sum()

    def quantile(self, unit: int, share: float) -> int:
        """Return the smallest rank that is kept or beaten in so great a share of those with a rank."""
        past = self.ranks[unit, 1:].cumsum()
        return int(np.searchsorted(past, share * past[-1] - 1e-9)) + 1


def standing(path: Path, *, fixed: bool) -> dict[str, Any]:
    """Return the ranks of the units at the period's end; empty lists without a `ranking:` block.

    Returns
    -------
    dict
        ``ranking``: one row a unit, the best first. ``ranking_indicators``: one row an indicator.
        ``ranking_method``: how scores were made. All empty where no project names its unit.
    """
    ranking = path.inputs.scenario.ranking
    table = None if ranking is None else make_table(path, ranking)
    if ranking is None or table is None or not table.units:
        return {"ranking": [], "ranking_indicators": [], "ranking_method": None}
    tally = Tally(len(table.units), len(table.columns))
    for part in path.outcome.blocks():
        place = slice(tally.replications, tally.replications + part.replications)
        money = np.zeros(part.active.shape) if path.money is None else path.money.year_reported[place]
        _add(tally, table, part, money, fixed=fixed)
    known = _known(table)
    return {
        "ranking": _unit_rows(table, tally, *known),
        "ranking_indicators": _indicator_rows(table, tally),
        "ranking_method": ranking.method,
    }


def totals(table: Table, part: Outcome, money: Floats, at: int, *, fixed: bool) -> Scored:
    """Score some replications at a minute.

    Parameters
    ----------
    table : Table
    part : Outcome
        Some replications.
    money : (r, P) float64
        Reported money of the year.
    at : int
    fixed : bool
        Central weights and bonus points.

    Returns
    -------
    Scored
    """
    values, weights = table.values(part, money, at), _weights(table.ranking, part, fixed=fixed)
    return Scored(table.ranking, values, weights, table.extra(part, at, fixed=fixed))


def _add(tally: Tally, table: Table, part: Outcome, money: Floats, *, fixed: bool) -> None:
    """Score some replications as they are, and with one more start of each unit in turn."""
    scored = totals(table, part, money, table.moments[1], fixed=fixed)
    more, bonus = table.one_more(part), _bonus_of_one(table, part, fixed=fixed)
    before = tally.add(scored.totals, scored.values, scored.weights)
    for u in range(len(table.units)):
        values, extra = scored.values.copy(), scored.extra.copy()
        values[:, u] += more[:, u]
        extra[:, u] += bonus
        changed = replace(scored, values=values, extra=extra).totals
        points = changed[:, u] - scored.totals[:, u]
        tally.add_one_more(u, before[:, u], ranks_of(changed)[:, u], points)


def _weights(ranking: Ranking, part: Outcome, *, fixed: bool) -> Floats:
    numbers = [int(n) for n in part.numbers]
    found = [drawn(each.weight, part.seed, numbers, fixed=fixed) for each in ranking.indicators.values()]
    return np.stack(found, axis=1)


def _bonus_of_one(table: Table, part: Outcome, *, fixed: bool) -> Floats:
    """Return the bonus points of one more start of no particular project, (r,)."""
    starts = table.path.inputs.scenario.counts.starts
    found = np.zeros(part.replications)
    for bonus, _ in table.bonus:
        if bonus.milestone == starts and bonus.when is None and bonus.most is None:
            numbers = [int(n) for n in part.numbers]
            found += drawn(bonus.points, part.seed, numbers, fixed=fixed)
    return found


def _known(table: Table) -> tuple[Floats, Longs]:
    """Return score and rank of every unit on the as-of date, with central weights; rank 0: none.

    Before anything counts all would be first: nobody has a rank then.
    """
    path = table.path
    part = path.outcome.rows(slice(0, 1))
    listed = set(path.inputs.ledger.ids)
    recorded = np.array([i in listed for i in path.model.project_ids], dtype=np.bool_)
    part = replace(part, active=part.active & recorded)  # no arrival is known
    money = np.nan_to_num(aligned(path.inputs.ledger, path.model, "invested_this_year"))
    if path.period.as_of < path.period.start:
        money = np.zeros(len(money))
    money = np.broadcast_to(money, part.active.shape)
    scored = totals(table, part, money, table.moments[0], fixed=True)
    score = scored.totals[0]
    counts = np.nan_to_num(scored.values).any() or scored.extra.any()
    return score, ranks_of(score) if counts else np.zeros(len(score), dtype=np.int64)


def ranks_of(totals: Floats) -> Longs:
    """Rank units by score, 1 the best; 0 for a unit without a score, which has no rank.

    Examples
    --------
    >>> ranks_of(np.array([50.0, np.nan, 80.0])).tolist()
    [2, 0, 1]
    """
    return np.where(np.isnan(totals), 0, competition_ranks(totals))


def _unit_rows(table: Table, tally: Tally, score: Floats, rank: Longs) -> list[dict[str, Any]]:
    count, names = tally.replications, list(table.ranking.indicators)
    rows = [
        {
            "unit": unit,
            "known_rank": int(rank[u]) or None,
            "known_score": None if np.isnan(score[u]) else float(score[u]),
            **_future(tally, u),
            "one_more_points": float(tally.points[u] / count),
            "one_more_places": float(tally.places[u] / count),
            "one_more_up": float(tally.up[u] / count),
            "values": dict(zip(names, _means(tally, u), strict=True)),
        }
        for u, unit in enumerate(table.units)
    ]
    return sorted(rows, key=lambda row: (row["unscored"] == 1, row["rank_mean"] or 0.0, row["unit"]))


def _future(tally: Tally, u: int) -> dict[str, Any]:
    """Return score and rank of a unit over the replications in which it has a score, None without any."""
    count, places = tally.replications, np.arange(tally.ranks.shape[1])
    scored = count - int(tally.ranks[u, 0])
    names = ("score", "score_sd", "rank_mean", "rank_p10", "rank_p50", "rank_p90")
    found: dict[str, Any] = dict.fromkeys(names)
    if scored:
        mean = float(tally.score[u] / scored)
        spread = float(np.sqrt(max(tally.square[u] / scored - mean**2, 0.0)))
        quantiles = (tally.quantile(u, share) for share in (0.1, 0.5, 0.9))
        rank_mean = float(tally.ranks[u] @ places / scored)
        found = dict(zip(names, (mean, spread, rank_mean, *quantiles), strict=True))
    return found | {
        "p_first": float(tally.ranks[u, 1] / count),
        "p_last": float(tally.last[u] / count),
        "unscored": 1 - scored / count,
    }


def _means(tally: Tally, unit: int) -> list[float]:
    """Return the mean of each indicator of a unit, NaN where it never had one."""
    found = np.full(tally.values.shape[1], np.nan)
    np.divide(tally.values[unit], tally.valued[unit], out=found, where=tally.valued[unit] > 0)
    return [float(value) for value in found]


def _indicator_rows(table: Table, tally: Tally) -> list[dict[str, Any]]:
    """Return every indicator with its mean weight, and how often it told the units apart."""
    count = tally.replications
    return [
        {
            "indicator": name,
            "weight": float(tally.weights[i] / count),
            "counted": _counted(spec),
            "milestone": spec.milestone,
            "per": spec.per,
            "less": spec.less,
            "constant": float(tally.constant[i] / count),
            "missing": float(1 - tally.valued[:, i].mean() / count),
        }
        for i, (name, spec) in enumerate(table.ranking.indicators.items())
    ]


def _counted(spec: Indicator) -> str:
    """Say what an indicator counts.

    Examples
    --------
    >>> _counted(Indicator.model_validate({"weight": 1, "milestone": "started"}))
    'cases'
    """
    if spec.given is not None:
        return "given"
    if spec.money is not None:
        return "investment"
    return "cases" if spec.amount == "case" else spec.amount
