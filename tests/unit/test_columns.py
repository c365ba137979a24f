"""Columns look and are stored the same, whoever reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from sim.columns import Coded, Columns, arrow, frame, records

MOMENTS = np.array(["2021-07-31T08:30", "NaT", "2022-01-01"], dtype="datetime64[s]")
SOME: Columns = {
    "project": Coded(np.array([2, 0, 2]), ("甲", "b", "c " * 90)),
    "minutes": np.arange(6, dtype=np.int32)[::2],  # not in a row in memory
    "money": np.array([0.5, np.nan, -1e300]),
    "known": np.array([True, False, True]),
    "word": np.array(["x", "", "y"], dtype=object),
    "time": MOMENTS,
}


@pytest.mark.parametrize("rows", [3, 1, 0])
def test_what_is_stored_reads_as_it_looks(rows: int, tmp_path: Path) -> None:
    some = {
        name: Coded(column.codes[:rows], column.names) if isinstance(column, Coded) else column[:rows]
        for name, column in SOME.items()
        if rows or name != "word"  # of no words nobody knows that they are words
    }
    pq.write_table(arrow(some), tmp_path / "some.parquet")
    read, looked = pd.read_parquet(tmp_path / "some.parquet"), frame(some)
    assert read["time"].equals(looked["time"].astype("datetime64[ms]"))  # Parquet knows no seconds
    left_out = ["time"] if rows else ["time", "project"]  # nor the names of an empty column
    pd.testing.assert_frame_equal(read.drop(columns=left_out), looked.drop(columns=left_out))


def test_what_never_happened_is_null() -> None:
    assert arrow(SOME)["time"].null_count == 1


@pytest.mark.parametrize(("count", "kind"), [(127, "int8"), (128, "int8"), (129, "int16"), (40_000, "int32")])
def test_codes_take_as_little_room_as_they_can(count: int, kind: str) -> None:
    names = [f"n{i}" for i in range(count)]
    column = arrow({"name": Coded(np.array([count - 1]), names)})["name"]
    assert str(column.type.index_type) == kind
    assert column.to_pylist() == [names[-1]]


def test_rows_have_plain_values() -> None:
    row = records(SOME)[0]
    assert row["project"] == "c " * 90
    assert {name: type(value) for name, value in row.items()} | {"time": None} == {
        "project": str, "minutes": int, "money": float, "known": bool, "word": str, "time": None,
    }  # fmt: skip


def test_what_arrow_holds_another_way_is_stored_all_the_same_or_refused() -> None:
    days = np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]")
    assert arrow({"x": days})["x"].to_pylist() == days.tolist()
    with pytest.raises(NotImplementedError, match="swapped"):
        arrow({"x": np.array([1, 2], dtype=">i4")})


def test_no_number_is_null() -> None:
    assert arrow(SOME)["money"].null_count == 1
