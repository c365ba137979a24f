"""Read-only arrays."""

from __future__ import annotations

import numpy as np

from sim.model.arrays import Flags, Ints


def frozen_ints(values: object) -> Ints:
    """Make a read-only int32 array.

    Examples
    --------
    >>> frozen_ints([1, 2]).flags.writeable
    False
    """
    found: Ints = np.array(values, dtype=np.int32)
    found.setflags(write=False)
    return found


def frozen_flags(values: object) -> Flags:
    """Make a read-only bool array."""
    found: Flags = np.array(values, dtype=np.bool_)
    found.setflags(write=False)
    return found
