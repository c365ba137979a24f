"""The keyed function: a uniform number is a pure function of its key, in no order and with no state.

The generator is Philox4x64-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC 2011): ten rounds of two 64-bit multiplications turn a counter and a key into four
64-bit words. Here the key is (seed, replication) and the counter (subject, activity, visit, purpose);
subjects and activities are hashes of *names*, so an inserted item or a sorted ledger moves no draw.

`numpy.random.Philox` adds one to its 256-bit counter before the first block: the block of counter c
here is its first block when it is started at c - 1.
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
}
VISIT, APPLIES, CHAIN, PATIENCE, PARAMETER, FACTOR, SESSION, ARRIVAL = range(8)
SHOCK, VOID, RUNG, ATTEMPT, STOP, OVERRUN, REPORT, PRESENT = range(8, 16)

#: Lanes of a block of purpose `VISIT`.
WORK_LANE, OUTCOME_LANE, APPLICANT_LANE, STOPPAGE_LANE = range(4)

_MASK64: Final = 2**64 - 1
_LOW: Final = np.uint64(2**32 - 1)
_HALF: Final = np.uint64(32)
#: Multipliers of words 0 and 2, and what each round adds to the two words of the key.
_MULTIPLIERS: Final = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
_WEYL: Final = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
_ROUNDS: Final = 10
#: Blocks worked on at once: all temporaries stay in the processor's cache.
_CHUNK: Final = 4096
_BELOW_ONE: Final = 1.0 - 2.0**-53


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


def _multiply(a: Words, factor: int, high: Words, low: Words, scratch: tuple[Words, Words, Words]) -> None:
    """Write the 128-bit products of `a` and `factor` into `high` and `low`, by 32-bit halves."""
    f_low, f_high = np.uint64(factor & 0xFFFFFFFF), np.uint64(factor >> 32)
    a_low, a_high, t = scratch
    np.bitwise_and(a, _LOW, out=a_low)
    np.right_shift(a, _HALF, out=a_high)
    # low half * low half; only its carry into the middle matters for `high`
    np.multiply(a_low, f_low, out=t)
    np.right_shift(t, _HALF, out=t)
    np.multiply(a_high, f_low, out=high)
    np.add(high, t, out=high)
    np.multiply(a_low, f_high, out=a_low)
    np.bitwise_and(high, _LOW, out=t)
    np.add(a_low, t, out=a_low)
    np.right_shift(a_low, _HALF, out=a_low)
    np.right_shift(high, _HALF, out=high)
    np.add(high, a_low, out=high)
    np.multiply(a_high, f_high, out=t)
    np.add(high, t, out=high)
    np.multiply(a, np.uint64(factor), out=low)


def _rounds(words: list[Words], key: tuple[int, int]) -> None:
    """Run the ten rounds on four words of one chunk, in place."""
    size = words[0].shape
    high0, low0, high2, low2 = (np.empty(size, np.uint64) for _ in range(4))
    scratch = (np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size, np.uint64))
    k0, k1 = key
    for _ in range(_ROUNDS):
        _multiply(words[0], _MULTIPLIERS[0], high0, low0, scratch)
        _multiply(words[2], _MULTIPLIERS[1], high2, low2, scratch)
        np.bitwise_xor(high2, words[1], out=words[0])
        np.bitwise_xor(words[0], np.uint64(k0), out=words[0])
        np.bitwise_xor(high0, words[3], out=words[2])
        np.bitwise_xor(words[2], np.uint64(k1), out=words[2])
        words[1][:] = low2
        words[3][:] = low0
        k0, k1 = (k0 + _WEYL[0]) & _MASK64, (k1 + _WEYL[1]) & _MASK64


def _words(values: npt.ArrayLike | int) -> Words:
    """Return values modulo 2**64, negative ones by two's complement."""
    if isinstance(values, int):
        return np.array(values & _MASK64, dtype=np.uint64)
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        raise TypeError(f"got {array.dtype} in a key, expected integers")
    return array if array.dtype == np.uint64 else array.astype(np.int64).view(np.uint64)


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
    columns = np.broadcast_arrays(*(np.atleast_1d(_words(word)) for word in counter))
    pair = (int(key[0]) & _MASK64, int(key[1]) & _MASK64)
    out = np.empty((len(columns[0]), 4), dtype=np.uint64)
    for start in range(0, len(out), _CHUNK):
        part = slice(start, start + _CHUNK)
        words = [np.array(column[part]) for column in columns]
        _rounds(words, pair)
        for lane in range(4):
            out[part, lane] = words[lane]
    return out


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
    words = blocks((seed, replication), (subject, activity, visit, purpose))
    np.right_shift(words, np.uint64(11), out=words)
    u = (words.astype(np.float64) + 0.5) * 2.0**-53
    # The one largest word would round to 1, whose quantile is infinite.
    return np.minimum(u, _BELOW_ONE, out=u)
