"""SciPy's special functions in kernels: the same machine code, called by its address.

The addresses are given names once, when this module is imported, so that compiled code that was kept on
disk finds them too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from llvmlite import binding
from numba import types
from numba.extending import get_cython_function_address

from sim.jit import kernel

__all__ = [
    "gamma",
    "gammainc",
    "gammaincc",
    "gammainccinv",
    "gammaincinv",
    "gammaln",
    "log_ndtr",
    "ndtr",
    "ndtri",
    "ndtri_exp",
]

_SOURCE: Final = "scipy.special.cython_special"
#: Ends every call: Cython's word for "nobody has overridden this".
_PLAIN: Final = np.int32(0)

One = Callable[[float], float]
Two = Callable[[float, float], float]


def _symbol(name: str, written: str, arguments: int) -> Any:
    """Give an address the name kernels call it by."""
    binding.add_symbol(f"kaigong_{name}", get_cython_function_address(_SOURCE, written))
    signature = types.float64(*[types.float64] * arguments, types.int32)
    return types.ExternalFunction(f"kaigong_{name}", signature)


def _of_one(name: str, written: str = "") -> One:
    """Return a function of one number."""
    function = _symbol(name, written or name, 1)

    def call(x: float) -> float:
        return function(x, _PLAIN)  # type: ignore[no-any-return]

    return kernel(call)


def _of_two(name: str) -> Two:
    """Return a function of two numbers."""
    function = _symbol(name, name, 2)

    def call(a: float, x: float) -> float:
        return function(a, x, _PLAIN)  # type: ignore[no-any-return]

    return kernel(call)


#: Functions that SciPy also has for other types carry the mark of the double among their names.
_DOUBLE: Final = "__pyx_fuse_1"

ndtr = _of_one("ndtr", _DOUBLE + "ndtr")
log_ndtr = _of_one("log_ndtr", _DOUBLE + "log_ndtr")
gamma = _of_one("gamma", _DOUBLE + "gamma")
ndtri = _of_one("ndtri")
ndtri_exp = _of_one("ndtri_exp")
gammaln = _of_one("gammaln")
gammainc = _of_two("gammainc")
gammaincc = _of_two("gammaincc")
gammaincinv = _of_two("gammaincinv")
gammainccinv = _of_two("gammainccinv")
