"""The buffer as a bare pointer: a kernel that indexes an array pays for negative indices at every cell.

It also hands on one address to the kernels it calls, where an array is seven numbers.
"""

from __future__ import annotations

from typing import Any, Final

from numba import types
from numba.extending import intrinsic

__all__ = ["cells_of"]

_CELLS: Final = types.CPointer(types.int32)


@intrinsic  # type: ignore[untyped-decorator]
def cells_of(_context: Any, array: Any) -> Any:
    """Return the cells of an array of 32-bit integers, which has to outlive them."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return _CELLS(array), code
