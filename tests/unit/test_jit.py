"""How kernels are compiled and where they are kept."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from sim import jit, trace
from sim.engine.compiled import layout, times
from sim.model import parts


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of its own; what was found out about the real one is forgotten for the test."""
    monkeypatch.setenv("KAIGONG_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(jit, "cache_folder", jit.cache_folder.__wrapped__)
    return tmp_path


KERNELS = ("sim.engine.compiled.run", "sim.sampling.open_phase", "sim.engine.inspection")


@pytest.mark.parametrize("module", KERNELS)
def test_sources_are_all_that_a_module_imports(module: str) -> None:
    loaded = import_module(module)
    found = jit.sources(Path(str(loaded.__file__)))
    # The codes of states come to some kernels through a file that only hands them on.
    assert {Path(str(m.__file__)) for m in (parts, trace, jit)} <= set(found)
    for value in vars(loaded).values():
        home = sys.modules.get(getattr(value, "__module__", None) or "")
        if home is not None and home.__name__.startswith("sim."):
            assert Path(str(home.__file__)) in found


def test_what_has_to_be_compiled_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    announcer = jit.Announcer(told.append)
    ours, theirs = (SimpleNamespace(data={"dispatcher": SimpleNamespace(py_func=f)}) for f in (jit.say, len))
    for compiled in (theirs, ours, ours):
        announcer.on_start(compiled)
    assert told == ["compiling the kernels: once on this machine, about a minute"]


def test_an_edited_constant_gives_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    digest = jit._digest.__wrapped__
    monkeypatch.setattr(jit, "_read", jit._read.__wrapped__)
    before = digest(Path(times.__file__))
    read = Path.read_bytes

    def edited(path: Path) -> bytes:
        return read(path) + (b"#" if path == Path(layout.__file__) else b"")

    monkeypatch.setattr(Path, "read_bytes", edited)
    assert digest(Path(times.__file__)) != before


def test_the_named_folder_comes_first(fresh: Path) -> None:
    folder = jit.cache_folder(Path(times.__file__))
    assert folder is not None
    assert folder.parent == fresh / "own"


def test_a_cache_that_cannot_be_written_is_read(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = Path(times.__file__)
    folder = jit.cache_folder(module)
    assert folder is not None
    (folder / "there").mkdir()
    (folder / "there" / "kernel.nbi").write_bytes(b"kept")
    monkeypatch.setattr(jit, "_is_writable", lambda _: False)
    copy = jit.cache_folder(module)
    assert copy is not None
    assert copy != folder
    assert (copy / "there" / "kernel.nbi").read_bytes() == b"kept"


def test_a_named_folder_that_cannot_be_used_is_said_once(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (fresh / "file").write_text("", encoding="utf-8")
    given = str(fresh / "file" / "own")
    monkeypatch.setenv("KAIGONG_CACHE", given)
    for module in (times, layout):
        folder = jit.cache_folder(Path(module.__file__))
        assert folder is not None
        assert folder.parent == fresh / "home" / "kaigong"
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"KAIGONG_CACHE={given}: no files can be made there")


def test_no_folder_at_all_is_no_error(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit, "_is_writable", lambda _: False)
    assert jit.cache_folder(Path(times.__file__)) is None

    @jit.entry
    def twice(x: int) -> int:
        return 2 * x

    assert twice(4) == 8


def test_reading_kernels_from_the_cache_gets_no_compiler_ready() -> None:
    code = "import sys; from sim.engine.compiled import warm; warm(); print('numba.np.linalg' in sys.modules)"
    said = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
            for _ in range(2)]  # fmt: skip
    assert said[1] == "False\n"
