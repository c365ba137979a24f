"""Progress: rate and time left, on a terminal and under a notebook's cell."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from forecasts import progress
from forecasts.progress import Meter, Notebook, in_notebook, on_terminal


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Shown:
    """A notebook's display: keeps everything that was to be seen."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []

    def __call__(self, bundle: dict[str, str], *, raw: bool, display_id: bool) -> Shown:
        self.seen.append(bundle)
        return self

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        self.seen.append(bundle)


def told(meter: Meter, clock: Clock, *tellings: tuple[float, int]) -> None:
    for now, done in tellings:
        clock.now = now
        meter.tell(done, 1000)


def test_rate_and_time_left() -> None:
    clock = Clock()
    meter = Meter(clock)
    told(meter, clock, (0, 0))
    assert meter.text("en") == ""
    told(meter, clock, (2, 10))
    assert meter.text("en") == "5/s, 3:18 left"
    assert meter.text("zh") == "5/s,剩余 3:18"


def test_starting_up_is_no_part_of_the_rate() -> None:
    clock = Clock()
    meter = Meter(clock)
    told(meter, clock, (0, 0), (10, 10), (11, 20), (12, 30))
    assert meter.rate == 10


def test_what_was_read_from_disk_never_counts() -> None:
    clock = Clock()
    meter = Meter(clock)
    for now, done in ((0.0, 0), (0.1, 250), (0.2, 500)):
        clock.now = now
        meter.tell(done, 1000, read=done)
    assert meter.rate is None
    for now in range(1, 4):
        clock.now = 0.2 + now
        meter.tell(500 + now, 1000, read=500)
        assert meter.rate == pytest.approx(1)


def test_hours_are_written_as_hours() -> None:
    clock = Clock()
    meter = Meter(clock)
    told(meter, clock, (0, 0), (10, 1))
    assert meter.text("en") == "0.1/s, 2:46:30 left"


def test_a_new_total_begins_anew() -> None:
    clock = Clock()
    meter = Meter(clock)
    told(meter, clock, (0, 0), (1, 1000))
    clock.now = 100
    meter.tell(1000, 2000)
    assert meter.rate is None


def test_a_notebook_shows_a_bar_and_leaves_nothing() -> None:
    clock, shown = Clock(), Shown()
    bar = Notebook(shown, clock)
    bar.show("run", 0, 20)
    clock.now = 0.9
    bar.show("run", 1, 20)
    assert shown.seen == []
    clock.now = 2.0
    bar.show("run", 10, 20)
    bar.look({"en": "200 replications: <wide>", "zh": "200 次"})
    assert shown.seen[0]["text/plain"] == "run 10/20 5/s, 0:02 left"
    assert '<progress value="10" max="20">' in shown.seen[0]["text/html"]
    assert "<wide>" not in shown.seen[1]["text/html"]
    bar.close()
    assert shown.seen[-1] == {"text/plain": "", "text/html": ""}


def test_what_takes_less_than_a_second_shows_nothing_in_a_notebook() -> None:
    shown = Shown()
    bar = Notebook(shown, Clock())
    for done in range(11):
        bar.show("run", done, 10)
    bar.close()
    assert shown.seen == []


@pytest.mark.parametrize(("kernel", "watched"), [(None, False), (True, True), (False, False)])
def test_only_a_notebook_that_a_person_looks_at_shows_progress(
    monkeypatch: pytest.MonkeyPatch, kernel: bool | None, watched: bool
) -> None:
    shell = SimpleNamespace(kernel=None if kernel is None else SimpleNamespace(_allow_stdin=kernel))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(progress, "import_module", lambda _: SimpleNamespace(display=Shown()))
    with in_notebook() as bar:
        assert (bar is not None) == watched


def test_without_ipython_there_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    with in_notebook() as bar:
        assert bar is None


def stream(monkeypatch: pytest.MonkeyPatch, file: io.StringIO, *, terminal: bool) -> None:
    """Let standard error be a file that is, or is not, a wide terminal."""
    monkeypatch.setattr(file, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stderr", file)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_shows_rate_and_time_left_and_a_pipe_no_bar(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    file = io.StringIO()
    stream(monkeypatch, file, terminal=terminal)
    clock = Clock()
    monkeypatch.setattr(progress, "Meter", lambda: Meter(clock))
    with on_terminal("en") as bar:
        bar.show("baseline", 0, 200)
        clock.now = 2.0
        bar.show("baseline", 100, 200)
        bar.look({"en": "100 replications: days [wide]", "zh": ""})
    seen = file.getvalue()
    assert ("50/s, 0:02 left" in seen) == terminal
    assert "100 replications: days [wide]" in seen
