"""Tables as columns: what is stored and what is looked at, before any library for tables is loaded.

Pandas takes a quarter of a second to load, which a run that only stores its tables has no use for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd


class Coded(NamedTuple):
    """A column of names, as places in a list of them.

    Parameters
    ----------
    codes : (n,) integers
        From 0 to ``len(names) - 1``: every row has a name.
    names : sequence of str
    """

    codes: npt.NDArray[np.integer[Any]]
    names: Sequence[str]


#: Units of moments that Arrow has in the same 64 bits.
_UNITS = ("s", "ms", "us", "ns")

#: Columns of one length by name, in order.
Columns = Mapping[str, npt.NDArray[Any] | Coded]


def frame(columns: Columns) -> pd.DataFrame:
    """Return columns as a DataFrame, names as categories.

    Examples
    --------
    >>> frame({"cause": Coded(np.array([1, 0]), ("work", "office")), "minutes": np.array([5, 7])})
        cause  minutes
    0  office        5
    1    work        7
    """
    import pandas as pd  # noqa: PLC0415 - see above

    made = {
        name: pd.Categorical.from_codes(column.codes, dtype=pd.CategoricalDtype(list(column.names)))
        if isinstance(column, Coded)
        else column
        for name, column in columns.items()
    }
    return pd.DataFrame(made)


def arrow(columns: Columns) -> Any:
    """Return columns as an Arrow table, names as dictionaries.

    Examples
    --------
    >>> arrow({"cause": Coded(np.array([1, 0]), ("work", "office"))}).to_pydict()
    {'cause': ['office', 'work']}
    """
    import pyarrow as pa  # noqa: PLC0415 - only who writes needs it

    return pa.table({name: _arrow(column) for name, column in columns.items()})


def _arrow(column: npt.NDArray[Any] | Coded) -> Any:
    """Return an Arrow array, from its buffers: `pyarrow.array` would load Pandas to ask it what this is."""
    import pyarrow as pa  # noqa: PLC0415

    if isinstance(column, Coded):
        codes = column.codes.astype(np.min_scalar_type(-max(len(column.names), 1)))
        return pa.DictionaryArray.from_arrays(_arrow(codes), _texts(column.names))
    kind = column.dtype.kind
    if kind not in "iufM" or not column.dtype.isnative or (kind == "M" and _unit(column) not in _UNITS):
        return pa.array(column)
    nulls = np.isnat(column) if kind == "M" else column != column  # noqa: PLR0124 - NaN
    known = pa.py_buffer(np.packbits(~nulls, bitorder="little")) if nulls.any() else None
    values = pa.py_buffer(np.ascontiguousarray(column).view(f"i{column.dtype.itemsize}"))
    return pa.Array.from_buffers(pa.from_numpy_dtype(column.dtype), len(column), [known, values])


def _unit(moments: npt.NDArray[Any]) -> str:
    """Return the unit of moments."""
    return np.datetime_data(moments.dtype)[0]


def _texts(names: Sequence[str]) -> Any:
    """Return names as an Arrow array of text."""
    import pyarrow as pa  # noqa: PLC0415

    written = [name.encode() for name in names]
    ends = np.cumsum([0, *map(len, written)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(names), pa.py_buffer(ends), pa.py_buffer(b"".join(written)))


def records(columns: Columns) -> list[dict[str, Any]]:
    """Return columns as rows of plain values.

    Examples
    --------
    >>> records({"cause": Coded(np.array([1]), ("work", "office")), "days": np.array([0.5])})
    [{'cause': 'office', 'days': 0.5}]
    """
    lists = [
        [column.names[code] for code in column.codes] if isinstance(column, Coded) else column.tolist()
        for column in columns.values()
    ]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
