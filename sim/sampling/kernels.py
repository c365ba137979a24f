"""What one replication draws, in kernels: every number from its key, straight into its place.

The rows are those of `sim.sampling.rows`, `values` and `book` those of `Luck`. Each entry writes arrays
that its caller has made, so that several threads may draw at once.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.families import Book, conditional_remaining, quantile, survival_inverse, whole_minutes
from sim.jit import entry, kernel
from sim.keyed import Word, units
from sim.model.arrays import UNLIMITED
from sim.sampling import rows as at
from sim.special import ndtri
from sim.trace import NEVER

Floats = npt.NDArray[np.float64]
Small = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

_ZERO, _ONE = np.uint64(0), np.uint64(1)
_VISIT, _VOID, _STOP = np.uint64(philox.VISIT), np.uint64(philox.VOID), np.uint64(philox.STOP)
_APPLIES, _CHAIN, _FACTOR = np.uint64(philox.APPLIES), np.uint64(philox.CHAIN), np.uint64(philox.FACTOR)
_RUNG, _PATIENCE = np.uint64(philox.RUNG), np.uint64(philox.PATIENCE)


#: Cells of a row of amounts, see `sim.sampling.resources`.
AMOUNT: Final = 4


@kernel
def returned(u: float, share: float, most: int) -> int:
    """Return how often a case is sent back: inverse of a geometric law truncated at `most`."""
    if share <= 0.0 or most <= 0:
        return 0
    if share >= 1.0:
        return most
    safe = min(share, 1.0 - 1e-12)
    return 0 if u > safe else min(int(min(math.log(u) / math.log(safe), 1e6)), most)


@kernel
def _chosen(
    k0: Word, k1: Word, subject: Word, activity: Word, visit: Word, purpose: Word, share: float
) -> bool:
    """Return whether the first lane is below a share; a share of zero needs no draw."""
    return share > 0.0 and units(k0, k1, subject, activity, visit, purpose)[0] < share


@kernel
def draw_again(
    key: Keys, names: Keys, book: Book, rows: Small, row: int, visit: int, regimes: int, applicant: Small,
    work: Small,
) -> None:  # fmt: skip
    """Write a later visit of a case; the one in the last slot is that after a void check."""
    subject, activity = names[rows[row]], names[rows[row + at.ACTIVITY]]
    u = units(key[0], key[1], subject, activity, np.uint64(visit), _VISIT)
    slot = rows[row + at.SLOT] + visit
    applicant[slot] = whole_minutes(quantile(book, rows[row + at.CORRECT], u[2]), 1)
    for g in range(regimes):
        law = rows[row + at.LAWS + regimes + g]
        work[slot * regimes + g] = whole_minutes(quantile(book, law, u[0]), 1)


@entry
def draw_visits(
    key: Keys, names: Keys, values: Floats, book: Book, rows: Small, regimes: int,
    applies: Flags, tolerated: Flags, promised: Flags, active: Flags, played: Small,
    rounds: Small, refused: Flags, void: Flags, applicant: Small, work: Small,
) -> None:  # fmt: skip
    """Write the visits of every case; slots beyond the last round are left as they are."""
    k0, k1, width = key[0], key[1], at.LAWS + 2 * regimes
    for c in range(len(rounds)):
        row = c * width
        most, project = rows[row + at.MOST], rows[row]
        count = played[c] if played[c] > 0 else 1 - rows[row + at.GATED]
        rounds[c] = count
        refused[c] = void[c] = False
        if most == 0 or not applies[c]:
            continue
        own = rows[row + at.WHOLE] * width if rows[row + at.WHOLE] >= 0 else row
        subject, activity = names[project], names[rows[own + at.ACTIVITY]]
        share = values[rows[row + at.REFUSED]]
        # Lane 1 of visit 0 says how often a case returns; lane 1 of visit 1 is free for the refusal and
        # does not depend on the number of rounds.
        refused[c] = share > 0.0 and units(k0, k1, subject, activity, _ONE, _VISIT)[1] < share
        void[c] = _chosen(k0, k1, subject, activity, _ZERO, _VOID, values[rows[row + at.VOID]])
        again = rows[row + at.RERUN_OF]
        if void[c] and again >= 0 and applies[again]:
            other = again * width
            draw_again(key, names, book, rows, other, rows[other + at.MOST], regimes, applicant, work)
        if not active[project]:
            continue
        u = units(k0, k1, subject, activity, _ZERO, _VISIT)
        if played[c] <= 0:
            seen = rows[row + at.SEEN]
            count = seen + returned(u[1], values[rows[row + at.RETURNED]], most - 1 - seen) + 1
            rounds[c] = count
        before, part, u_before = rows[row + at.PREPARE], 1.0, u[2]
        if rows[row + at.PAPERS_OF] >= 0:
            # A later check of papers finishes its item's preparation.
            item = rows[row + at.PAPERS_OF] * width
            theirs = units(k0, k1, names[rows[item]], names[rows[item + at.ACTIVITY]], _ZERO, _VISIT)
            before, part, u_before = rows[item + at.PREPARE], values[rows[item + at.LATER]], theirs[2]
        elif tolerated[c]:
            part = 1.0 - values[rows[row + at.LATER]]
        laws, done = row + at.LAWS, values[rows[row + at.SPLIT]]
        done = 1.0 - done if own == row else done
        for visit in range(max(count, 1)):
            if visit == 1:
                before, part, laws, done = rows[row + at.CORRECT], 1.0, laws + regimes, 1.0
            if visit > 0:
                u = units(k0, k1, subject, activity, np.uint64(visit), _VISIT)
                u_before = u[2]
            slot, last, minutes = rows[row + at.SLOT] + visit, -1, 0
            applicant[slot] = whole_minutes(quantile(book, before, u_before) * part, 1)
            for g in range(regimes):
                law = rows[row + at.PROMISE] if promised[c] else rows[laws + g]
                if law != last:
                    last, minutes = law, whole_minutes(quantile(book, law, u[0]) * done, 1)
                work[slot * regimes + g] = minutes


@entry
def draw_flags(
    key: Keys, names: Keys, values: Floats, groups: Small, u: Floats,
    may_apply: Small, may_be_tolerated: Small, checks: Small, applies: Flags, tolerated: Flags,
) -> None:  # fmt: skip
    """Write where cases do not apply or are tolerated."""
    for g in range(len(u)):
        row = g * at.GROUP
        project = groups[row]
        u[g] = 0.0
        if groups[row + at.G_FORCED] == 0:
            u[g] = units(key[0], key[1], names[project], names[groups[row + at.G_FLAG]], _ZERO, _APPLIES)[0]
    for row in range(0, len(may_apply), at.MEMBER):
        share = values[may_apply[row + at.M_SHARE]]
        applies[may_apply[row]] = u[may_apply[row + at.M_GROUP]] < share
    for row in range(0, len(may_be_tolerated), at.MEMBER):
        share = values[may_be_tolerated[row + at.M_SHARE]]
        tolerated[may_be_tolerated[row]] = u[may_be_tolerated[row + at.M_GROUP]] < share
    for row in range(0, len(checks), 2):
        # A check of an item that does not apply has nothing to check.
        if not applies[checks[row + 1]]:
            applies[checks[row]] = False


@entry
def draw_arcs(key: Keys, names: Keys, values: Floats, arcs: Small, present: Flags) -> None:
    """Write which arcs that may be absent are there: keyed by the project and the item that waits."""
    for row in range(0, len(arcs), at.ARC):
        project = arcs[row + at.R_PROJECT]
        activity, share = names[arcs[row + at.R_ACTIVITY]], values[arcs[row + at.R_SHARE]]
        present[arcs[row]] = _chosen(key[0], key[1], names[project], activity, _ZERO, _CHAIN, share)


@entry
def draw_patience(key: Keys, names: Keys, book: Book, rows: Small, patience: Small) -> None:
    """Write how long projects stay in phases that may end in a withdrawal."""
    for row in range(0, len(rows), at.PATIENCE):
        subject, phase = names[rows[row + at.P_PROJECT]], names[rows[row + at.P_PHASE]]
        u = units(key[0], key[1], subject, phase, _ZERO, _PATIENCE)[0]
        law, spent = rows[row + at.P_LAW], rows[row + at.P_SPENT]
        if spent < 0:
            length = survival_inverse(book, law, math.log(u))
        else:
            length = conditional_remaining(book, law, 1.0 - u, float(spent))
        patience[rows[row]] = whole_minutes(length, 1)


@entry
def draw_stops(
    key: Keys, names: Keys, values: Floats, book: Book, rows: Small, rungs: Small, applies: Flags,
    gap: Small, solved: Flags, work: Small, longest: int,
) -> None:  # fmt: skip
    """Write gaps E / rate in work time and the climb of each stoppage; the last rung always solves."""
    k0, k1 = key[0], key[1]
    for x in range(len(gap)):
        row = x * at.STOP
        rate = values[rows[row + at.S_RATE]]
        if rate <= 0.0 or not applies[rows[row]]:
            continue
        subject, activity = names[rows[row + at.S_PROJECT]], names[rows[row + at.S_ACTIVITY]]
        number = rows[row + at.S_NUMBER]
        u = units(k0, k1, subject, activity, np.uint64(number), _STOP)[0]
        gap[x] = whole_minutes(-math.log(u) / rate, 0)
        if gap[x] >= NEVER:
            continue
        first, behind = rows[row + at.S_FIRST], rows[row + at.S_BEHIND]
        for rung in range(behind - first):
            cell, place = x * longest + rung, 2 * (first + rung)
            v = units(k0, k1, subject, activity, np.uint64(number * 100 + rung), _RUNG)
            solved[cell] = first + rung + 1 == behind or v[0] < values[rungs[place + 1]]
            work[cell] = whole_minutes(quantile(book, rungs[place], v[1]), 1)


@kernel
def _series(
    key: Keys, subject: Word, phase: Word, first: int, weight: Floats, z: Floats, total: Floats
) -> None:
    """Write an autoregression of variance one: a moving sum over the last innovations."""
    months, memory = len(total), len(weight)
    for i in range(len(z)):
        z[i] = ndtri(units(key[0], key[1], subject, phase, np.uint64(first + i), _FACTOR)[0])
    for m in range(months):
        total[m] = 0.0
    for lag in range(memory):
        shifted, w = z[memory - 1 - lag :], weight[lag]
        for m in range(months):
            total[m] += w * shifted[m]


@entry
def draw_factor(
    key: Keys, city: Keys, counties: Keys, phases: Keys, on: Flags, first: int, sd_city: float,
    sd_county: float, weight: Floats, scratch: Floats, x: Floats, thousandths: Small,
) -> None:  # fmt: skip
    """Write the common factor by unit, phase and month.

    `first` is the month of the first innovation; `scratch` has room for two series and their innovations.
    """
    months = (len(scratch) - len(weight) + 1) // 3
    common, own, z = scratch[:months], scratch[months : 2 * months], scratch[2 * months :]
    for m in range(2 * months):
        scratch[m] = 0.0
    for k in range(len(phases)):
        if on[k] and sd_city > 0.0:
            _series(key, city[0], phases[k], first, weight, z, common)
        for unit in range(len(counties)):
            if on[k] and sd_county > 0.0:
                _series(key, counties[unit], phases[k], first, weight, z, own)
            start = (unit * len(phases) + k) * months
            for m in range(months):
                log = sd_city * common[m] + sd_county * own[m] if on[k] else 0.0
                x[start + m] = log
                thousandths[start + m] = max(int(1000.0 * math.exp(-log) + 0.5), 1)


@kernel
def _limited(amount: float) -> int:
    """Return an amount within what a resource can have, rounded down."""
    return int(min(max(np.floor(amount), 0.0), float(UNLIMITED)))


@entry
def draw_amounts(values: Floats, rows: Small, factor: Floats, free: Small, kept: Small) -> None:
    """Write open and reserved amounts: the reserved part rounds down, the rest goes to the open one."""
    for i in range(len(factor)):
        row = AMOUNT * i
        whole, part = float(rows[row + 2]), float(rows[row + 3])
        if rows[row + 1] >= 0:
            part = values[rows[row + 1]] * factor[i]
        rest = 0.0
        if rows[row] >= 0:
            whole = values[rows[row]] * factor[i]
            rest = part - np.floor(part + 1e-9)
        free[i] = _limited(whole + rest + 0.5)
        kept[i] = _limited(part + 1e-9)
