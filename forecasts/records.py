"""Rows of a CSV text with their lines: remarks between them, line ends in cells, quotes that stay open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from sim.errors import Problems


def records(name: str, text: str, problems: Problems) -> list[tuple[int, list[str]]]:
    r"""Return the rows with the line each begins on; remarks (``#``) and empty lines stand between them.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    text : str
    problems : Problems
        Gets a quote that stays open; the rows before it are returned.

    Examples
    --------
    >>> records("t.csv", 'a,b\n# a remark\n1,"2\n3"\n', Problems())
    [(1, ['a', 'b']), (3, ['1', '2 3'])]
    """
    fresh, begins = True, 0
    found: list[tuple[int, list[str]]] = []

    def lines() -> Iterator[str]:
        nonlocal fresh, begins
        for number, line in enumerate(io.StringIO(text, newline=""), start=1):
            if fresh and (line[0] == "#" or not line.strip()):
                continue  # inside a quoted cell such a line is text
            if fresh:
                fresh, begins = False, number
            yield line

    reader = csv.reader(lines(), strict=True)
    while True:
        fresh = True
        try:
            cells = next(reader)
        except StopIteration:
            return found
        except csv.Error as error:
            expected = "cells between commas, each quote closed"
            remedy = 'close the quote; inside a quoted cell write a quote twice, ""'
            problems.add(f"{name} row {begins}", "", f"a row that cannot be read ({error})", expected, remedy)
            return found
        found.append((begins, [" ".join(cell.splitlines()) for cell in cells]))
