"""How far a command is: a line with rate and time left, on a terminal or in a notebook."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from forecasts.words import Language, default_language

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

#: Seconds back over which a rate is measured.
WINDOW = 20.0

#: Seconds: what is shorter shows nothing in a notebook; between two drawings there.
SHORT, OFTEN = 1.0, 0.2


class Meter:
    """Rate and time left of one piece of work, from what it told lately.

    Parameters
    ----------
    clock : callable
        Seconds.

    Examples
    --------
    >>> meter = Meter(iter([0.0, 2.0]).__next__)
    >>> meter.tell(0, 30)
    >>> meter.tell(10, 30)
    >>> meter.rate, meter.left
    (5.0, 4.0)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: deque[tuple[float, int]] = deque()
        self.done, self.total, self._read = 0, 0, 0

    def tell(self, done: int, total: int, read: int = 0) -> None:
        """Take note of how far the work is, and how much of that was only read from disk."""
        if done < self.done or total != self.total or read != self._read:
            self._told.clear()
        self.done, self.total, self._read = done, total, read
        now = self._clock()
        self._told.append((now, done))
        while len(self._told) > 2 and now - self._told[1][0] > WINDOW:
            self._told.popleft()

    @property
    def rate(self) -> float | None:
        """Replications a second, None before the second telling."""
        # What comes before the first result, such as starting workers, is no part of the rate.
        (first, start), (last, end) = self._told[len(self._told) > 3], self._told[-1]
        return (end - start) / (last - first) if end > start and last > first else None

    @property
    def left(self) -> float | None:
        """Seconds still needed at this rate."""
        rate = self.rate
        return (self.total - self.done) / rate if rate else None

    def text(self, lang: Language) -> str:
        """Return rate and time left in words; empty before they are known."""
        rate, left = self.rate, self.left
        if rate is None or left is None:
            return ""
        minutes, seconds = divmod(round(left), 60)
        speed = f"{rate:.0f}/s" if rate >= 10 else f"{rate:.2g}/s"
        span = (
            f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
            if minutes >= 60
            else f"{minutes}:{seconds:02d}"
        )
        return f"{speed}, {span} left" if lang == "en" else f"{speed},剩余 {span}"


class Terminal:
    """A bar a piece of work on standard error; all gone at the end, lines of looks stay above."""

    def __init__(self, console: Console, bar: Progress, lang: Language) -> None:
        self._console, self._bar, self._lang = console, bar, lang
        self._meters: dict[str, Meter] = {}
        self._tasks: dict[str, Any] = {}

    def show(self, what: str, done: int, total: int, read: int = 0) -> None:
        """Show how far a piece of work is."""
        if what not in self._tasks:
            self._meters[what] = Meter()
            self._tasks[what] = self._bar.add_task(what, total=total, pace="")
        meter = self._meters[what]
        meter.tell(done, total, read)
        self._bar.update(self._tasks[what], completed=done, total=total, pace=meter.text(self._lang))

    def look(self, statement: Mapping[str, str]) -> None:
        """Print what was seen at a look of ``--precision``."""
        self._console.print(statement[self._lang], markup=False, highlight=False, soft_wrap=True)


class Plain:
    """Only the lines of looks, on standard error: nobody watches a bar there."""

    def __init__(self, lang: Language) -> None:
        self._lang = lang

    def show(self, what: str, done: int, total: int, read: int = 0) -> None:
        """Show nothing."""

    def look(self, statement: Mapping[str, str]) -> None:
        """Print what was seen at a look of ``--precision``."""
        print(statement[self._lang], file=sys.stderr, flush=True)


@contextmanager
def on_terminal(lang: Language | None = None) -> Iterator[Terminal | Plain]:
    """Give what shows progress on standard error; bars only where it is a terminal.

    Parameters
    ----------
    lang : {"en", "zh"}, optional
        Default: what the environment speaks.
    """
    spoken = lang or default_language()
    if not sys.stderr.isatty():  # the library that draws need not be loaded
        yield Plain(spoken)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis")),
        BarColumn(bar_width=16),
        MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=7)),
        TimeElapsedColumn(table_column=Column(no_wrap=True, min_width=7)),
        # Of a narrow terminal the name of the work is cut, never the rate and the time left.
        TextColumn("{task.fields[pace]}", table_column=Column(no_wrap=True, min_width=18)),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Terminal(console, bar, spoken)


class Notebook:
    """The same under a notebook's cell, as HTML or text; empty when the work is done.

    Parameters
    ----------
    display : callable
        As ``IPython.display.display``.
    clock : callable
    """

    def __init__(self, display: Callable[..., Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._display, self._clock = display, clock
        self._started = self._drawn = clock()
        self._meters: dict[str, Meter] = {}
        self._looks: list[str] = []
        self._handle: Any = None

    def show(self, what: str, done: int, total: int, read: int = 0) -> None:
        """Show how far a piece of work is."""
        meter = self._meters.setdefault(what, Meter(self._clock))
        meter.tell(done, total, read)
        now = self._clock()
        if now - self._started >= SHORT and (done == total or now - self._drawn >= OFTEN):
            self._drawn = now
            self._draw()

    def look(self, statement: Mapping[str, str]) -> None:
        """Add what was seen at a look of ``--precision``."""
        self._looks.append(statement[default_language()])
        self._draw()

    def close(self) -> None:
        """Leave nothing of it under the cell."""
        if self._handle is not None:
            self._handle.update({"text/plain": "", "text/html": ""}, raw=True)

    def _draw(self) -> None:
        lang = default_language()
        lines = [(name, f"{m.done:,}/{m.total:,}", m.text(lang), m) for name, m in self._meters.items()]
        plain = [*self._looks, *(f"{name} {count} {pace}".rstrip() for name, count, pace, _ in lines)]
        html = [*(f"<div>{escape(text)}</div>" for text in self._looks)]
        html += [
            f'<div>{escape(name)} <progress value="{m.done}" max="{m.total}"></progress>'
            f" {count} {escape(pace)}</div>"
            for name, count, pace, m in lines
        ]
        bundle = {"text/plain": "\n".join(plain), "text/html": "".join(html)}
        if self._handle is None:
            self._handle = self._display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


@contextmanager
def in_notebook() -> Iterator[Notebook | None]:
    """Give what shows progress under the cell of a notebook; None where no person looks at one.

    A notebook that a program executes, to store what its cells print, shows none: the stored outputs are
    the same however long the work took.
    """
    display = _cell()
    if display is None:
        yield None
        return
    bar = Notebook(display)
    try:
        yield bar
    finally:
        bar.close()


def _cell() -> Callable[..., Any] | None:
    """Return the function that displays under the current cell, None where there is no such thing."""
    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    kernel = getattr(shell, "kernel", None)
    # Whoever executes a notebook without a person cannot answer questions, and tells the kernel so.
    if kernel is None or not getattr(kernel, "_allow_stdin", True):
        return None
    display: Callable[..., Any] = import_module("IPython.display").display
    return display
