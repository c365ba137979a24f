"""Attributes of the synthetic projects: who, where, how big. Every count is met exactly.

Numbers of a group are stratified (one in each of n equal slices of the law), so that quantiles and
means sit where `margins.csv` puts them whatever the seed; who gets which is a keyed permutation.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import norm

from sim.philox import ARRIVAL, hash_name, hash_names, uniforms

Floats = npt.NDArray[np.float64]
Margins = Mapping[str, str]

CLASSES = ("new_start", "continuing", "completing", "reserve")
KINDS = ("industry", "infrastructure", "social", "services")


def read_margins(path: Path) -> dict[str, str]:
    """Read quantity -> value of `margins.csv`."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["quantity"]: row["value"] for row in csv.DictReader(file)}


class Dealer:
    """Deals keyed luck to names: the same seed, name and purpose give the same, whatever stands beside.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def luck(self, names: Sequence[str], what: str) -> Floats:
        """Give one uniform number to each name, by key."""
        return uniforms(self.seed, 0, hash_names(names), hash_name(f"generator {what}"), 0, ARRIVAL)[:, 0]

    def deal(self, names: Sequence[str], values: Sequence[str], what: str) -> list[str]:
        """Hand the values out to the names in a keyed order."""
        order = np.argsort(self.luck(names, what), kind="stable")
        out = [""] * len(names)
        for value, place in zip(values, order, strict=True):
            out[place] = value
        return out

    def slices(self, names: Sequence[str], what: str) -> Floats:
        """One number in each of n equal slices of (0, 1), dealt out in a keyed order."""
        rank = np.argsort(np.argsort(self.luck(names, what), kind="stable"), kind="stable")
        return (rank + self.luck(names, f"{what} inside")) / len(names)


def counts(margins: Margins, prefix: str) -> list[str]:
    """Spell out counts: each value of ``prefix.value`` as often as the margin says."""
    found = [(key[len(prefix) + 1 :], int(n)) for key, n in margins.items() if key.startswith(f"{prefix}.")]
    return [value for value, n in found for _ in range(n)]


def lognormal_cut(u: Floats, mean: float, sigma: float, low: float, high: float) -> Floats:
    """Quantiles of a lognormal cut to [low, high] whose mean *after* the cut is `mean`."""

    def part(mu: float, shift: float) -> float:
        edges = norm.cdf((np.log([low, high]) - mu) / sigma - shift)
        return float(edges[1] - edges[0])

    def gap(mu: float) -> float:
        return float(np.exp(mu + sigma**2 / 2)) * part(mu, sigma) / part(mu, 0.0) - mean

    mu = brentq(gap, np.log(low) - 3, np.log(high))
    first, last = norm.cdf((np.log([low, high]) - mu) / sigma)
    cut: Floats = np.exp(mu + sigma * norm.ppf(first + u * (last - first)))
    return cut


def quantiles(margins: Margins, prefix: str, u: Floats) -> Floats:
    """Quantiles of a law given by points ``prefix.q50`` and so on, linear between them."""
    mark = f"{prefix}.q"
    points = sorted((int(k.removeprefix(mark)), float(v)) for k, v in margins.items() if k.startswith(mark))
    shares, values = zip(*points, strict=True)
    return np.asarray(np.interp(u, np.array(shares) / 100, values), dtype=np.float64)


def _investment(rows: list[dict[str, Any]], margins: Margins, dealer: Dealer) -> None:
    """Total investment, two decimals of 亿元."""
    for infrastructure in (True, False):
        group = [row for row in rows if (row["kind"] == "infrastructure") == infrastructure]
        mean = margins["investment.mean.infrastructure" if infrastructure else "investment.mean"]
        values = lognormal_cut(
            dealer.slices([row["slot"] for row in group], "investment"),
            float(mean),
            float(margins["investment.sigma"]),
            float(margins["investment.smallest"]),
            float(margins["investment.largest"]),
        )
        for row, value in zip(group, values, strict=True):
            row["investment"] = round(float(value), 2)


def _area(rows: list[dict[str, Any]], margins: Margins, dealer: Dealer) -> None:
    """Area in whole mu; that of industry goes with the investment (Gaussian copula)."""
    industry = [row for row in rows if row["kind"] == "industry" and row["land_route"] != "factory"]
    names = [row["slot"] for row in industry]
    spearman = float(margins["area.rank_correlation"])
    rho = 2 * np.sin(np.pi * spearman / 6)
    size = np.argsort(np.argsort([row["investment"] for row in industry], kind="stable"), kind="stable")
    z = rho * norm.ppf((size + 0.5) / len(size)) + np.sqrt(1 - rho**2) * norm.ppf(
        dealer.slices(names, "area")
    )
    rank = np.argsort(np.argsort(z, kind="stable"), kind="stable")
    area = quantiles(margins, "area.industry", (rank + 0.5) / len(rank))
    other = [row for row in rows if row["kind"] != "industry" and row["land_route"] != "factory"]
    rest = quantiles(margins, "area.other", dealer.slices([row["slot"] for row in other], "area"))
    for row, value in zip([*industry, *other], [*area, *rest], strict=True):
        row["area"] = round(float(value))
    for row in rows:
        row.setdefault("area", 0)


def _levels(rows: list[dict[str, Any]], margins: Margins, dealer: Dealer) -> None:
    """Key levels: the higher ones, which the margins name first, to the larger projects of every class.

    Each class has its part of a level, and inside it level and investment go together as
    ``levels.rank_correlation`` says (Gaussian copula); 0, or no such margin: any project may have any level.
    """
    names, values = [row["slot"] for row in rows], counts(margins, "key_level")
    spearman = float(margins.get("levels.rank_correlation", 0))
    if not spearman:
        for row, value in zip(rows, dealer.deal(names, values, "key_level"), strict=True):
            row["key_level"] = value
        return
    rho = 2 * np.sin(np.pi * spearman / 6)
    place = dict[str, float]()
    for year_class in CLASSES:
        group = [row for row in rows if row["year_class"] == year_class]
        size = np.argsort(np.argsort([row["investment"] for row in group], kind="stable"), kind="stable")
        noise = norm.ppf(dealer.slices([row["slot"] for row in group], "level"))
        z = rho * norm.ppf((size + 0.5) / max(len(size), 1)) + np.sqrt(1 - rho**2) * noise
        rank = np.argsort(np.argsort(z, kind="stable"), kind="stable")
        place |= {row["slot"]: (r + 0.5) / len(group) for row, r in zip(group, rank, strict=True)}
    order = sorted(rows, key=lambda row: (-place[row["slot"]], row["slot"]))
    for row, value in zip(order, values, strict=True):
        row["key_level"] = value


def make_slots(margins: Margins, dealer: Dealer) -> list[dict[str, Any]]:
    """Make the projects without any date: class, kind, county, level, land, area, investment."""
    pairs = [
        (year_class, kind)
        for year_class in CLASSES
        for kind in KINDS
        for _ in range(int(margins[f"kind_in_class.{year_class}.{kind}"]))
    ]
    rows: list[dict[str, Any]] = [
        {"slot": f"slot {i:03d}", "year_class": year_class, "kind": kind}
        for i, (year_class, kind) in enumerate(pairs)
    ]
    names = [row["slot"] for row in rows]
    for row, value in zip(rows, dealer.deal(names, counts(margins, "county"), "county"), strict=True):
        row["county"] = value
    for kind in KINDS:
        group = [row for row in rows if row["kind"] == kind]
        routes = dealer.deal([row["slot"] for row in group], counts(margins, f"route.{kind}"), "land_route")
        for row, value in zip(group, routes, strict=True):
            row["land_route"] = value
    landed = [row for row in rows if row["land_route"] != "factory"]
    states = [s for s in counts(margins, "land_state") if s != "factory"]
    for row, value in zip(
        landed, dealer.deal([row["slot"] for row in landed], states, "land_state"), strict=True
    ):
        row["land_state"] = value
    for row in rows:
        row.setdefault("land_state", "factory")
    _investment(rows, margins, dealer)
    _area(rows, margins, dealer)
    _levels(rows, margins, dealer)
    return rows
