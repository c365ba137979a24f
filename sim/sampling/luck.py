"""One replication's source of numbers: keyed uniforms, the laws and this replication's scalars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim import families, philox
from sim.laws import evaluated

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Luck:
    """Draws of one replication, by key.

    Parameters
    ----------
    seed, replication : int
    parameters : (Y,) float64
        Drawn values of ``Model.parameters``.
    values : (scalars + 1,) float64
        Scalars of this replication; the last cell is 0, so that index -1 (none) reads zero.
    book : float64 array
        The laws with the arguments of this replication, as kernels read them (`sim.lawbook`).
    key : (2,) uint64
        Seed and replication, as kernels read them.
    """

    seed: int
    replication: int
    parameters: Floats
    values: Floats
    book: Floats
    key: Keys

    def uniforms(
        self, subject: Keys | np.uint64, activity: Keys | np.uint64, visit: Ints | int, purpose: int
    ) -> Floats:
        """Four uniforms for each key, shape (n, 4)."""
        return self.uniforms_at(philox.counters_of(subject, activity, visit, purpose))

    def uniforms_at(self, counters: Keys) -> Floats:
        """Four uniforms for each row of `philox.counters_of`, shape (n, 4)."""
        return philox.uniforms_at(self.key, counters)

    def length(self, law: Ints, u: Floats) -> Floats:
        """Lengths by the inverse of each law, in minutes of its own clock; law -1 is zero."""
        return evaluated(self.book, families.QUANTILE, law, u)

    def remaining(self, law: Ints, u: Floats, elapsed: Floats) -> Floats:
        """Return what is left of lengths partly over, see `sim.laws.conditional_remaining`; all (n,)."""
        out = np.empty(len(law))
        families.evaluate(families.LEFT, self.book, law, np.ascontiguousarray(u), elapsed, out)
        return out


def whole_minutes(length: Floats, least: int = 1) -> Ints:
    """Round half up to the minute; a positive length gives at least `least`, too long gives NEVER.

    Examples
    --------
    >>> whole_minutes(np.array([0.0, 0.2, 2.5, np.inf])).tolist()
    [0, 1, 3, 1073741824]
    """
    out = np.empty(length.shape, dtype=np.int32)
    families.fill_minutes(np.array(length, dtype=np.float64).reshape(-1), least, out.reshape(-1))
    return out.astype(np.int64)
