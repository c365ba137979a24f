"""Tables on standard output: as wide as the terminal, words kept whole, what has no room is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from forecasts.words import Language, word

if TYPE_CHECKING:
    from forecasts.cells import Labels

#: Characters a line where nobody looks at a terminal.
UNSEEN = 160

#: A word without spaces, as in Chinese, may be broken beyond so many columns; a shorter one is not.
_BREAKABLE = 8


def print_table(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    lang: Language,
    labels: Labels | None = None,
) -> None:
    """Print rows as a table with translated headings on standard output.

    On a terminal too narrow for all columns the last are left out, and named below.
    """
    from rich.console import Console
    from rich.table import Table

    from forecasts.cells import cell

    console = Console(highlight=False)
    texts = [[word(c, lang), *(cell(c, row.get(c), lang, labels) for row in rows)] for c in columns]
    if console.is_terminal:
        widths = fitted(texts, console.width)
    else:
        widths = fitted(texts, max(UNSEEN, sum(_least(t) + 3 for t in texts) + 1))
        console = Console(highlight=False, width=sum(widths) + 3 * len(widths) + 1)
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for column, width, (heading, *_) in zip(columns, widths, texts, strict=False):
        numeric = bool(rows) and all(isinstance(r.get(column), int | float | type(None)) for r in rows)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold", width=width)
    for line in zip(*(text[1:] for text in texts[: len(widths)]), strict=True):
        table.add_row(*line)
    console.print(table)
    left = [heading for heading, *_ in texts[len(widths) :]]
    if left:
        typer.echo(word("not_shown", lang).format(columns=", ".join(left)))


def print_result(result: Mapping[str, Any], lang: Language, place: str = "") -> None:
    """Print the tables of a result that a person reads first, then what it rests on.

    Parameters
    ----------
    result : dict
        With ``labels``.
    lang : {"en", "zh"}
    place : str
        Put before every title, where there are several results.
    """
    from forecasts.shown import notes_of, tables_of

    for table in tables_of(result, lang):
        print_table(place + table.title, table.rows, table.columns, lang, result["labels"])
    for line in notes_of(result, lang):
        typer.echo(line)


def fitted(texts: Sequence[Sequence[str]], room: int) -> list[int]:
    """Return the widths of the first so many columns that there is room for without breaking a word.

    Parameters
    ----------
    texts : sequence of sequence of str
        Heading and cells of each column.
    room : int
        Characters a line, of which each column needs three for its frame.

    Returns
    -------
    list of int
        Widths of columns; wide ones are wrapped first. The first column is always there.

    Examples
    --------
    >>> fitted([["option", "Land in 25 working days"], ["needed", "45"]], 30)
    [17, 6]
    >>> fitted([["option", "Land in 25 working days"], ["needed", "45"]], 15)
    [11]
    """
    from rich.cells import cell_len

    least = [_least(text) for text in texts]
    widths = [max(map(cell_len, text)) for text in texts]
    while len(least) > 1 and sum(least) + 3 * len(least) + 1 > room:
        least.pop()
    widths = widths[: len(least)]
    while sum(widths) + 3 * len(widths) + 1 > room and widths != least:
        widest = max((w, -k) for k, w in enumerate(widths) if w > least[k])
        widths[-widest[1]] -= 1
    return widths


def _least(text: Sequence[str]) -> int:
    """Return the width of the longest word of a column that must not be broken."""
    from rich.cells import cell_len

    words = (word for cell in text for word in cell.split())
    return max((n if w.isascii() else min(n, _BREAKABLE) for w in words if (n := cell_len(w))), default=1)
