"""What Numba has no word for: the buffer as a bare pointer, the lowest bit, and a look ahead.

A kernel that indexes an array pays for negative indices at every cell.
A pointer is also one number to hand on to other kernels, where an array is seven.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sim.engine.compiled.layout import Cells
from sim.model.arrays import Ints

__all__ = ["cells_of", "lowest_bit", "prefetch"]

_CELLS: Final[Any] = cast(Any, types).CPointer(types.int32)


def _cells_of(_context: Any, array: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return _CELLS(array), code


def _prefetch(_context: Any, _cells: Any, _place: Any) -> Any:
    def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        module = builder.module
        fetch = cgutils.get_or_insert_function(module, kind, "llvm.prefetch.p0i8")  # type: ignore[no-untyped-call]
        place = builder.bitcast(builder.gep(args[0], [args[1]]), byte)
        # For reading, to stay in every cache, of data.
        builder.call(fetch, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(_CELLS, types.int64), code


def _lowest_bit(_context: Any, _number: Any) -> Any:
    def code(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), code


#: The cells of an array of 32-bit integers, which has to outlive them.
cells_of: Final[Callable[[Ints], Cells]] = cast(Any, intrinsic(_cells_of))

#: The number of the lowest bit set in a number that is not 0.
lowest_bit: Final[Callable[[int], int]] = cast(Any, intrinsic(_lowest_bit))

#: Have a cell fetched into the cache while work goes on; changes nothing.
prefetch: Final[Callable[[Cells, int], None]] = cast(Any, intrinsic(_prefetch))
