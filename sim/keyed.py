"""The keyed function in kernels: one Philox4x64-10 block and its four uniform numbers.

All words are ``np.uint64``: whoever calls turns its integers into them first, since Numba makes a float
of a signed and an unsigned one. What the words mean is told in `sim.philox`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from sim.jit import entry, kernel

__all__ = ["Four", "Word", "block", "fill_blocks", "fill_uniforms", "unit", "units"]

Word = np.uint64
Words = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Four = tuple[float, float, float, float]

#: Multipliers of words 0 and 2, and what each round adds to the two words of the key.
_M0: Final = np.uint64(0xD2E7470EE14C6C93)
_M2: Final = np.uint64(0xCA5A826395121157)
_W0: Final = np.uint64(0x9E3779B97F4A7C15)
_W1: Final = np.uint64(0xBB67AE8584CAA73B)
_ROUNDS: Final = 10
_DROPPED: Final = np.uint64(11)
_STEP: Final = 2.0**-53
_BELOW_ONE: Final = 1.0 - 2.0**-53


def _both_halves(typing: Any, a: Any, b: Any) -> Any:
    """Compile the product of two words as its upper and lower 64 bits: one instruction gives both."""
    halves: Any = types.UniTuple(types.uint64, 2)  # type: ignore[no-untyped-call]
    signature = halves(types.uint64, types.uint64)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide, word = ir.IntType(128), ir.IntType(64)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        upper = builder.lshr(product, ir.Constant(wide, 64))
        parts = [builder.trunc(part, word) for part in (upper, product)]
        return context.make_tuple(builder, signature.return_type, parts)

    return signature, build


_product: Final[Any] = intrinsic(_both_halves)


@kernel
def block(k0: Word, k1: Word, c0: Word, c1: Word, c2: Word, c3: Word) -> tuple[Word, Word, Word, Word]:
    """Return the block of four words that belongs to a key and a counter."""
    for _ in range(_ROUNDS):
        h0, l0 = _product(c0, _M0)
        h2, l2 = _product(c2, _M2)
        c0, c1, c2, c3 = h2 ^ c1 ^ k0, l2, h0 ^ c3 ^ k1, l0
        k0, k1 = k0 + _W0, k1 + _W1
    return c0, c1, c2, c3


@kernel
def unit(word: Word) -> float:
    """Return the uniform number of a word, strictly between 0 and 1."""
    # The one largest word would round to 1, whose quantile is infinite.
    return min((np.float64(np.int64(word >> _DROPPED)) + 0.5) * _STEP, _BELOW_ONE)


@kernel
def units(k0: Word, k1: Word, c0: Word, c1: Word, c2: Word, c3: Word) -> Four:
    """Return the four uniform numbers that belong to a key and a counter."""
    x0, x1, x2, x3 = block(k0, k1, c0, c1, c2, c3)
    return unit(x0), unit(x1), unit(x2), unit(x3)


@entry
def fill_blocks(key: Words, counter: Words, out: Words) -> None:
    """Write the block of each counter; `key` has 2 cells, `counter` and `out` have n rows of 4."""
    for i in range(len(out)):
        c = counter[i]
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = block(key[0], key[1], c[0], c[1], c[2], c[3])


@entry
def fill_uniforms(key: Words, counter: Words, out: Floats) -> None:
    """Write the four uniform numbers of each counter; sizes as in `fill_blocks`."""
    for i in range(len(out)):
        c = counter[i]
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = units(key[0], key[1], c[0], c[1], c[2], c[3])
