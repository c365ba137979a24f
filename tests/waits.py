"""Waits of a few replications, from rows of names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.experiment import WaitBlock, Waits
from sim.waits import Vocabulary, WaitRows

NAMES = ("replication", "project", "phase", "activity", "cause", "owner", "resource", "minutes")


def waits_of(
    rows: Sequence[Sequence[Any]],
    replications: int,
    columns: Sequence[str] = NAMES,
    phases: Sequence[str] = ("",),
) -> Waits:
    """Return the waits of replications 0, 1 ...; columns left out are empty."""
    found = {name: [row[columns.index(name)] if name in columns else "" for row in rows] for name in NAMES}
    words = {
        name: tuple(phases) if name == "phase" else tuple(sorted({*found[name], ""})) for name in NAMES[2:-1]
    }
    codes = {name: np.array([words[name].index(v) for v in found[name]], dtype=np.int16) for name in words}
    number = np.array(found["replication"], dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    waits = Waits(Vocabulary(*words.values(), none, none, none, none))
    table = WaitRows(
        np.array(found["project"], dtype=np.int32),
        *codes.values(),
        np.array(found["minutes"], dtype=np.int32),
    )
    waits.add(WaitBlock(np.arange(replications), np.bincount(number, minlength=replications), table))
    return waits
