"""Tables as bytes: the same on every machine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any


def to_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """Write CSV bytes: UTF-8, one kind of line end, dates in ISO form."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow(["" if cell is None else cell for cell in row])
    return text.getvalue().encode("utf-8")
