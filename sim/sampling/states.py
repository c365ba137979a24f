"""Cases at the epoch: their states, and what is left of what is under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

#: Rows of `States.table`.
STATE, VISIT, READY, JOINED, SERVED, ENDED_AT, REMAINING, PLAYED = range(8)


@dataclass(frozen=True)
class States:
    """States of cases at the epoch and what is left of them; `table` is filled in place.

    Parameters
    ----------
    table : (8, C) int32
        State, visit, ready, joined, served, ended and remaining as in `Draws`, and the number of visits
        where playing the open phase decided it, else 0.
    """

    table: npt.NDArray[np.int32]

    def drawn(self) -> dict[str, npt.NDArray[Any]]:
        """Return what `Draws` holds of them, by name."""
        names = ("visit", "ready", "joined", "served", "ended", "remaining")
        return {"state": self.table[STATE].astype(np.int8)} | dict(zip(names, self.table[1:], strict=False))
