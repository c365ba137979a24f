"""The keyed function: a uniform number is a pure function of its key, in no order and with no state.

The generator is Philox4x64-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC 2011): ten rounds of two 64-bit multiplications turn a counter and a key into four
64-bit words. Here the key is (seed, replication) and the counter (subject, activity, visit, purpose);
subjects and activities are hashes of *names*, so an inserted item or a sorted ledger moves no draw.

The kernels are in `sim.keyed`. `numpy.random.Philox` adds one to its 256-bit counter before the first
block: the block of counter c here is its first block when it is started at c - 1.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

#: Numbered for ever; a number is never given to another purpose.
PURPOSES: Final[dict[str, int]] = {
    "VISIT": 0,
    "APPLIES": 1,
    "CHAIN": 2,
    "PATIENCE": 3,
    "PARAMETER": 4,
    "FACTOR": 5,
    "SESSION": 6,
    "ARRIVAL": 7,
    "SHOCK": 8,
    "VOID": 9,
    "RUNG": 10,
    "ATTEMPT": 11,
    "STOP": 12,
    "OVERRUN": 13,
    "REPORT": 14,
    "PRESENT": 15,
    "PAUSE": 16,
    "STAGE": 17,
    "FILED": 18,
}
VISIT, APPLIES, CHAIN, PATIENCE, PARAMETER, FACTOR, SESSION, ARRIVAL = range(8)
SHOCK, VOID, RUNG, ATTEMPT, STOP, OVERRUN, REPORT, PRESENT = range(8, 16)
PAUSE, STAGE, FILED = range(16, 19)

#: Lanes of a block of purpose `VISIT`.
WORK_LANE, OUTCOME_LANE, APPLICANT_LANE, STOPPAGE_LANE = range(4)

_MASK64: Final = 2**64 - 1


def hash_name(name: str) -> int:
    r"""Return the 64-bit hash of a name: the first 8 bytes of BLAKE2b of its NFC form.

    Examples
    --------
    >>> hash_name("requisition") == hash_name("requisition")
    True
    >>> hash_name("e\u0301") == hash_name("\u00e9")  # one name, two ways to write it
    True
    """
    normal = unicodedata.normalize("NFC", name)
    return int.from_bytes(hashlib.blake2b(normal.encode()).digest()[:8], "big")


def hash_names(names: Iterable[str]) -> Words:
    """Return `hash_name` of each name."""
    return np.array([hash_name(name) for name in names], dtype=np.uint64)


def _words(values: npt.ArrayLike | int) -> Words:
    """Return values modulo 2**64, negative ones by two's complement."""
    if isinstance(values, int):
        return np.array(values & _MASK64, dtype=np.uint64)
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        raise TypeError(f"got {array.dtype} in a key, expected integers")
    return array if array.dtype == np.uint64 else array.astype(np.int64).view(np.uint64)


def key_of(seed: int, replication: int) -> Words:
    """Return the two words of a key, as kernels take them."""
    return np.array([int(seed) & _MASK64, int(replication) & _MASK64], dtype=np.uint64)


def blocks(key: tuple[int, int], counter: tuple[npt.ArrayLike | int, ...]) -> Words:
    """Return one Philox4x64-10 block for each counter.

    Parameters
    ----------
    key : (int, int)
        Taken modulo 2**64.
    counter : four of int or array
        The words of the counter, lowest first; they broadcast to n.

    Returns
    -------
    (n, 4) uint64

    Examples
    --------
    >>> block = blocks((7, 3), (1, 2, 3, 4))[0]
    >>> bool((block == np.random.Philox(key=[7, 3], counter=[0, 2, 3, 4]).random_raw(4)).all())
    True
    """
    # Here, since a check of a scenario asks for names only and must not wait for a compiler.
    from sim import keyed  # noqa: PLC0415

    counters = counters_of(*counter)
    out = np.empty((len(counters), 4), dtype=np.uint64)
    keyed.fill_blocks(key_of(*key), counters, out)
    return out


def counters_of(*counter: npt.ArrayLike | int) -> Words:
    """Return a row of four words for each counter; made once where replications differ by their key only."""
    words = [np.atleast_1d(_words(word)) for word in counter]
    rows = np.empty((np.broadcast_shapes(*(word.shape for word in words))[0], 4), dtype=np.uint64)
    for lane, word in enumerate(words):
        rows[:, lane] = word
    return rows


def uniforms(
    seed: int,
    replication: int,
    subject: npt.ArrayLike | int,
    activity: npt.ArrayLike | int,
    visit: npt.ArrayLike | int,
    purpose: int,
) -> Floats:
    """Return the four uniform numbers that belong to each key.

    Parameters
    ----------
    seed, replication : int
    subject, activity : int or (n,) uint64
        Hashes of names, see `hash_name`.
    visit : int or (n,) int
    purpose : int
        One of `PURPOSES`.

    Returns
    -------
    (n, 4) float64
        ``((x >> 11) + 0.5) * 2**-53``, strictly between 0 and 1.

    Examples
    --------
    >>> u = uniforms(1, 0, hash_names(["a", "b"]), hash_name("EIA"), 0, VISIT)
    >>> bool((u[1] == uniforms(1, 0, hash_name("b"), hash_name("EIA"), 0, VISIT)[0]).all())
    True
    """
    return uniforms_at(key_of(seed, replication), counters_of(subject, activity, visit, purpose))


def uniforms_at(key: Words, counters: Words) -> Floats:
    """Return the four uniform numbers of each row of `counters_of` under a key of `key_of`."""
    from sim import keyed  # noqa: PLC0415

    out = np.empty((len(counters), 4))
    keyed.fill_uniforms(key, counters, out)
    return out
