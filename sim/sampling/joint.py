"""Items done together: the rounds and lengths of the one case, from the draws of its members.

A case is sent back as often as any of its members, under the member's own key. A visit takes as long as the
longest of the members that are still in it; a member that does not apply takes no part.
"""

from __future__ import annotations

import math

import numpy as np

from sim import philox
from sim.families import Book, log_survival, quantile, whole_minutes
from sim.jit import entry, kernel
from sim.keyed import units
from sim.sampling import rows as at
from sim.sampling.kernels import Flags, Floats, Keys, Small, returned
from sim.trace import NEVER

__all__ = ["any_present", "apply_joint", "draw_joint", "joint_left", "joint_lengths", "joint_rounds"]

_VISIT, _ONE = np.uint64(philox.VISIT), np.uint64(1)


@kernel
def any_present(present: Flags, first: int, behind: int) -> bool:
    """Return whether any member takes part."""
    found = False
    for m in range(first, behind):
        found |= bool(present[m])
    return found


@entry
def apply_joint(merged: Small, checks: Small, present: Flags, applies: Flags) -> None:
    """Write which merged cases apply: those of which any member does; a check needs something to check."""
    for k in range(0, len(merged), at.MERGED):
        applies[merged[k]] = any_present(present, merged[k + at.Y_FIRST], merged[k + at.Y_BEHIND])
    for row in range(0, len(checks), 2):
        if not applies[checks[row + 1]]:
            applies[checks[row]] = False


@kernel
def joint_rounds(
    key: Keys, names: Keys, values: Floats, members: Small, present: Flags, project: int, first: int,
    behind: int, number: int, purpose: int,
) -> int:  # fmt: skip
    """Return how many visits a merged case has, with the draws of visit `number`."""
    most = 1
    for m in range(first, behind):
        j = m * at.JOINT
        if present[m]:
            name = names[members[j + at.J_NAME]]
            u = units(key[0], key[1], names[project], name, np.uint64(number), np.uint64(purpose))[1]
            sent_back = returned(u, values[members[j + at.J_RETURNED]], members[j + at.J_MOST] - 1)
            most = max(most, 1 + sent_back)
    return most


@kernel
def joint_lengths(
    key: Keys, names: Keys, values: Floats, book: Book, members: Small, present: Flags, project: int,
    first: int, behind: int, base: int, visit: int, purpose: int,
) -> tuple[float, float]:  # fmt: skip
    """Return applicant time and work of a visit: the longest of the members that take part in it.

    Those sent back so often take part; in a rerun, and where nobody was, all do. `base` is the number of
    visit 0.
    """
    before, work, again = 0.0, 0.0, False
    for all_of_them in (False, True):
        if all_of_them and again:
            break
        for m in range(first, behind):
            j = m * at.JOINT
            if not present[m]:
                continue
            subject, name = names[project], names[members[j + at.J_NAME]]
            own = units(key[0], key[1], subject, name, np.uint64(base), np.uint64(purpose))
            rounds = 1 + returned(own[1], values[members[j + at.J_RETURNED]], members[j + at.J_MOST] - 1)
            if not all_of_them and rounds <= visit:
                continue
            again = True
            u = units(key[0], key[1], subject, name, np.uint64(base + visit), np.uint64(purpose))
            later = min(visit, 1)
            before = max(before, quantile(book, members[j + at.J_PREPARE + later], u[2]))
            work = max(work, quantile(book, members[j + at.J_WORK + later], u[0]))
    return before, work


@entry
def draw_joint(
    key: Keys, names: Keys, values: Floats, book: Book, rows: Small, regimes: int, merged: Small,
    members: Small, present: Flags, promised: Flags, applies: Flags, active: Flags, played: Small,
    rounds: Small, refused: Flags, applicant: Small, work: Small,
) -> None:  # fmt: skip
    """Write the visits of merged cases; the rerun, in the last slot, is written too."""
    width = at.LAWS + 2 * regimes
    for k in range(0, len(merged), at.MERGED):
        c, first, behind = merged[k], merged[k + at.Y_FIRST], merged[k + at.Y_BEHIND]
        row = c * width
        project, most = rows[row], rows[row + at.MOST]
        if not applies[c] or not active[project]:
            continue
        if played[c] <= 0:
            count = joint_rounds(
                key, names, values, members, present, project, first, behind, 0, philox.VISIT
            )
            rounds[c] = min(max(count, rows[row + at.SEEN] + 1), most)
        refused[c] = _any_refused(key, names, values, members, present, project, first, behind)
        for visit in range(most + merged[k + at.Y_RERUN]):
            before, length = joint_lengths(
                key, names, values, book, members, present, project, first, behind, 0, visit, philox.VISIT
            )
            if promised[c] and visit < most:
                own = names[rows[row + at.ACTIVITY]]
                u = units(key[0], key[1], names[project], own, np.uint64(visit), _VISIT)
                length = quantile(book, rows[row + at.PROMISE], u[0])
            slot = rows[row + at.SLOT] + visit
            applicant[slot] = whole_minutes(before, 1)
            for g in range(regimes):
                work[slot * regimes + g] = whole_minutes(length, 1)


@kernel
def _any_refused(
    key: Keys, names: Keys, values: Floats, members: Small, present: Flags, project: int, first: int,
    behind: int,
) -> bool:  # fmt: skip
    """Return whether any member is refused."""
    for m in range(first, behind):
        j = m * at.JOINT
        share = values[members[j + at.J_REFUSED]]
        if present[m] and share > 0.0:
            name = names[members[j + at.J_NAME]]
            if units(key[0], key[1], names[project], name, _ONE, _VISIT)[1] < share:
                return True
    return False


@kernel
def _not_all_done(
    book: Book, members: Small, present: Flags, first: int, behind: int, later: int, t: float
) -> float:
    """Return the probability that some member's work is not done after so many own minutes.

    Summed from the small side: 1 less a product would lose what is far out.
    """
    left = 0.0
    for m in range(first, behind):
        if present[m]:
            own = math.exp(log_survival(book, members[m * at.JOINT + at.J_WORK + later], t))
            left += own * (1.0 - left)
    return left


@kernel
def joint_left(
    book: Book, members: Small, present: Flags, first: int, behind: int, visit: int, u: float, spent: float
) -> float:
    """Return what is left of the work of a merged case that has lasted so long, all members still in it.

    The longest of independent works is done when all are: its distribution is the product of theirs.
    """
    later = min(visit, 1)
    now = _not_all_done(book, members, present, first, behind, later, spent)
    wanted, low, high = (1.0 - u) * now, 0.0, 1440.0
    while high < NEVER and wanted < _not_all_done(book, members, present, first, behind, later, spent + high):
        low, high = high, 2.0 * high
    for _ in range(60):
        middle = (low + high) / 2
        if wanted < _not_all_done(book, members, present, first, behind, later, spent + middle):
            low = middle
        else:
            high = middle
    return high
