"""What Numba has no word for: the buffer as a bare pointer, and the number of the lowest bit.

A kernel that indexes an array pays for negative indices at every cell.
A pointer is also one number to hand on to other kernels, where an array is seven.
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

__all__ = ["cells_of", "lowest_bit"]

_CELLS: Final = types.CPointer(types.int32)


@intrinsic  # type: ignore[untyped-decorator]
def cells_of(_context: Any, array: Any) -> Any:
    """Return the cells of an array of 32-bit integers, which has to outlive them."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return _CELLS(array), code


@intrinsic  # type: ignore[untyped-decorator]
def lowest_bit(_context: Any, _number: Any) -> Any:
    """Return the number of the lowest bit set in a number that is not 0."""

    def code(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), code
