"""How large the measured cities are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of what is measured, and the seed of its luck.

    Parameters
    ----------
    seed : int
        Fresh in every run unless one is asked for.
    projects : int
        Size of the city of most parts.
    sizes : tuple of int
        Cities of the part on size; those above `projects` are multiples of it.
    replications : int
        Of the experiment; its memory is measured again at four times as many.
    rounds : int
        How often what is compared is measured in turn.
    """

    seed: int
    projects: int = 3000
    sizes: tuple[int, ...] = (300, 3000, 30_000, 300_000)
    replications: int = 100
    rounds: int = 3


def tiny(seed: int) -> Scale:
    """Everything once and small: does it run?"""
    return Scale(seed, projects=20, sizes=(10, 20, 40), replications=4, rounds=1)
