"""Checks that fail for another reason than their own luck, or do not because another one has failed."""

from __future__ import annotations

from sim.families import Book
from sim.jit import entry
from sim.sampling import rows as at
from sim.sampling.kernels import Flags, Keys, Small, draw_again

__all__ = ["late_papers", "reopen_once"]


@entry
def late_papers(
    key: Keys, names: Keys, book: Book, rows: Small, regimes: int, limited: Small, applies: Flags,
    played: Small, rounds: Small, void: Flags, applicant: Small, work: Small,
) -> None:  # fmt: skip
    """Let checks of papers that come late fail when the time is over, or let a suspension follow.

    The papers of a suspended item come when they come, and the suspension is added.
    """
    width = at.LAWS + 2 * regimes
    for c in limited:
        row = c * width
        slot, again = rows[row + at.SLOT], rows[row + at.RERUN_OF]
        if not applies[c] or applicant[slot] <= rows[row + at.ALLOWED]:
            continue
        if rows[row + at.MOST] > 1:
            if played[c] <= 0 and rounds[c] < 2:
                rounds[c] = 2
                draw_again(key, names, book, rows, row, 1, regimes, applicant, work)
            continue
        void[c], applicant[slot] = True, rows[row + at.ALLOWED]
        if again >= 0 and applies[again]:
            other = again * width
            draw_again(key, names, book, rows, other, rows[other + at.MOST], regimes, applicant, work)


@entry
def reopen_once(rivals: Small, void: Flags) -> None:
    """Let only the first of the checks of a case that fail reopen it (pairs: the later one, the earlier)."""
    for k in range(0, len(rivals), 2):
        if void[rivals[k + 1]]:
            void[rivals[k]] = False
