"""The kernel: every open project and every arrival run forward month by month, path by path.

A draw is named by path, project, stage and purpose: one uniform number says when the stage ends (it is put
against the sum of the rates), another one how. Projects of one cell (same stage, stratum, age and first
month) share that sum, so most projects cost one draw and one comparison.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from sim.jit import entry, kernel, part
from sim.keyed import Word, block, unit
from sim.philox import FILED, STAGE

__all__ = ["run_paths"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]

#: What a project was at the cut-off: on record and open, arrived but not on record, or still to come.
IN_FLIGHT, HIDDEN, FUTURE = range(3)


@kernel
def _total_rates(rates: Floats, factor: Floats, thin: Floats, whole: Floats, thinned: Floats) -> None:
    """Sum the rates of exits by stage, stratum, bin and month: of all, and of those not on record."""
    stages, exits, bins, strata = rates.shape
    months = factor.shape[2]
    for k in range(stages):
        for s in range(strata):
            for b in range(bins):
                row, known = whole[k, s, b], thinned[k, s, b]
                for h in range(months):
                    row[h], known[h] = 0.0, 0.0
                for c in range(exits):
                    rate, level = rates[k, c, b, s], factor[k, c]
                    if rate > 0.0:
                        for h in range(months):
                            row[h] += rate * level[h]
                            known[h] += rate * level[h] * thin[c, h]


@kernel
def _place(running: Floats, u: float) -> int:
    """Find the first place whose running sum passes u; the last one where none does."""
    low, high = 0, len(running) - 1
    while low < high:
        middle = (low + high) // 2
        if running[middle] > u:
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def _which(
    u: float, rates: Floats, factor: Floats, thin: Floats, hidden: bool, k: int, s: int, b: int, h: int
) -> int:
    """Choose the exit in proportion to the rates."""
    exits = rates.shape[1]
    total = 0.0
    for c in range(exits):
        if c == 0 or c > k:
            total += rates[k, c, b, s] * factor[k, c, h] * (thin[c, h] if hidden else 1.0)
    left = u * total
    chosen = 0
    for c in range(exits):
        if c == 0 or c > k:
            part = rates[k, c, b, s] * factor[k, c, h] * (thin[c, h] if hidden else 1.0)
            if part > 0.0:
                chosen = c
                left -= part
                if left < 0.0:
                    break
    return chosen


@kernel
def _next(
    u: float,
    v: float,
    rate: Floats,
    factor: Floats,
    thin: Floats,
    bins: Ints,
    begun: Floats,
    moves: Floats,
    k: int,
    s: int,
    h: int,
) -> tuple[int, int]:
    """Run a stage begun in month h (age 0 is at risk): how it ends (-1: not yet) and when."""
    if u >= moves[k, s, h]:
        return -1, h
    spent = -math.log(1.0 - u)
    month = h
    while month < factor.shape[2] - 1 and begun[k, s, h, month] <= spent:
        month += 1
    b = bins[min(month - h, len(bins) - 1)]
    return _which(v, rate, factor, thin, False, k, s, b, month), month


@part
def _sum_begun(whole: Floats, bins: Ints, begun: Floats, moves: Floats) -> None:
    """Add up the rates of a stage begun in each month, and give the chance that it ends."""
    stages, strata, _, months = whole.shape
    for k in range(stages):
        for s in range(strata):
            for h in range(months):
                total = 0.0
                for month in range(h, months):
                    total += whole[k, s, bins[min(month - h, len(bins) - 1)], month]
                    begun[k, s, h, month] = total
                moves[k, s, h] = 1.0 - math.exp(-total)


@part
def _sum_cells(cells: Ints, thinned: Floats, bins: Ints, sums: Floats, chance: Floats) -> None:
    """Add the rates of each cell up over the months, and give its chance to end its stage at all."""
    months = sums.shape[1]
    for q in range(len(cells)):
        k, s, start, age = cells[q, 0], cells[q, 1], cells[q, 2], cells[q, 3]
        total = 0.0
        for h in range(months):
            if h >= start:
                total += thinned[k, s, bins[min(age + h - start, len(bins) - 1)], h]
            sums[q, h] = total
        chance[q] = 1.0 - math.exp(-total)


@kernel
def _luck(seed: int, name: Word, project: Word, stage: int) -> tuple[float, float]:
    """Draw when a stage of a project ends in a path, and how."""
    w0, w1, _, _ = block(np.uint64(seed), name, project, np.uint64(stage), np.uint64(0), np.uint64(STAGE))
    return unit(w0), unit(w1)


@kernel
def _count(counts: Counts, groups: Counts, group: int, c: int, h: int) -> None:
    """Count an event of the city, and of its group where groups are asked for."""
    counts[c, h] += 1
    if len(groups):
        groups[group, c, h] += 1


@part
def _run_open(
    seed: int,
    name: Word,
    rate: Floats,
    factor: Floats,
    thin: Floats,
    bins: Ints,
    begun: Floats,
    moves: Floats,
    cells: Ints,
    cell_of: Ints,
    keys: Words,
    group_of: Ints,
    sums: Floats,
    chance: Floats,
    counts: Counts,
    groups: Counts,
    hits: Counts,
) -> None:
    """Run the open projects of one path: one draw and one comparison, unless the stage ends."""
    months = factor.shape[2]
    for p in range(len(cell_of)):
        q = cell_of[p]
        k, s, h = cells[q, 0], cells[q, 1], cells[q, 2]
        u, v = _luck(seed, name, keys[p], k)
        if u >= chance[q]:
            continue
        spent = -math.log(1.0 - u)
        while h < months - 1 and sums[q, h] <= spent:
            h += 1
        b = bins[min(cells[q, 3] + h - cells[q, 2], len(bins) - 1)]
        c = _which(v, rate, factor, thin, True, k, s, b, h)
        while c > 0:
            for j in range(k + 1, c + 1):
                hits[p, j, h] += 1
            _count(counts, groups, group_of[p], c, h)
            k = c
            if k == rate.shape[0]:
                break
            u, v = _luck(seed, name, keys[p], k)
            c, h = _next(u, v, rate, factor, thin, bins, begun, moves, k, s, h)
        if c == 0:
            hits[p, 0, h] += 1


@part
def _run_arrivals(
    seed: int,
    name: Word,
    rate: Floats,
    factor: Floats,
    thin: Floats,
    bins: Ints,
    begun: Floats,
    moves: Floats,
    month: int,
    number: int,
    shares: Floats,
    origins: Ints,
    key: Word,
    counts: Counts,
    groups: Counts,
) -> None:
    """Run the projects that arrive in one month of one path."""
    for i in range(number):
        w0, w1, w2, w3 = block(np.uint64(seed), name, key, np.uint64(i), np.uint64(0), np.uint64(FILED))
        j = _place(shares, unit(w0))
        s, g, k, c, h = origins[j, 0], origins[j, 1], 0, 0, month
        while c >= 0:
            _count(counts, groups, g, c, h)
            k = c
            if k == rate.shape[0]:
                break
            if k > 0:
                _, _, w2, w3 = block(np.uint64(seed), name, w1, np.uint64(k), np.uint64(0), np.uint64(STAGE))
            c, h = _next(unit(w2), unit(w3), rate, factor, thin, bins, begun, moves, k, s, h)
            if c == 0:
                break


@entry
def run_paths(
    seed: int,
    first_path: int,
    tables: Ints,
    rates: Floats,
    factor: Floats,
    thin: Floats,
    hidden_months: int,
    bins: Ints,
    cells: Ints,
    cell_of: Ints,
    keys: Words,
    group_of: Ints,
    arrivals: Ints,
    shares: Floats,
    origins: Ints,
    arrival_keys: Words,
    whole: Floats,
    thinned: Floats,
    begun: Floats,
    moves: Floats,
    sums: Floats,
    chance: Floats,
    counts: Counts,
    groups: Counts,
    hits: Counts,
) -> None:
    """Run paths ``first_path .. first_path + n - 1`` and count what happens.

    Parameters
    ----------
    seed, first_path : int
    tables : (n,) int64
        Table of rates of each path.
    rates : (W, K-1, K, B, S) float64
        Rates a month; exit 0 leaves, exit c > k reaches milestone c.
    factor : (n, K-1, K, M) float64
        Season times level of each month.
    thin : (K, M) float64
        Share of an exit's events not on record at the cut-off: 1 in months after it.
    hidden_months : int
        Months of M up to the cut-off.
    bins : (A,) int64
        Bin of an age, A > M; greater ages have the last bin.
    cells : (Q, 4) int64
        Stage, stratum, first month (index) and age in it.
    cell_of, keys, group_of : (P,)
        Of every open project.
    arrivals : (n, M) int64
        Projects that arrive.
    shares : (M, J) float64
        Running sum of the shares of the kinds of arrivals; `origins` (J, 2) gives stratum and group.
    arrival_keys : (M,) uint64
        Names of the months.
    whole, thinned : (K-1, S, B, M) float64; begun : (K-1, S, M, M) float64; moves : (K-1, S, M) float64;
    sums : (Q, M) float64; chance : (Q,) float64
        Room to work in.
    counts : (n, 3, K, M) int32
        Events by path, part, milestone and month, added to.
    groups : (n, G, K, M) int32
        The same by group; G = 0: not asked for.
    hits : (P, K, M) int32
        Paths in which a project reached a milestone (0: left) in a month, added to.
    """
    for path in range(len(tables)):
        name = np.uint64(first_path + path)
        rate = rates[tables[path]]
        _total_rates(rate, factor[path], thin, whole, thinned)
        _sum_begun(whole, bins, begun, moves)
        _sum_cells(cells, thinned, bins, sums, chance)
        _run_open(
            seed, name, rate, factor[path], thin, bins, begun, moves, cells, cell_of, keys, group_of,
            sums, chance, counts[path, IN_FLIGHT], groups[path], hits,
        )  # fmt: skip
        for month in range(factor.shape[3]):
            _run_arrivals(
                seed, name, rate, factor[path], thin, bins, begun, moves, month, arrivals[path, month],
                shares[month], origins, arrival_keys[month],
                counts[path, HIDDEN if month < hidden_months else FUTURE], groups[path],
            )  # fmt: skip
