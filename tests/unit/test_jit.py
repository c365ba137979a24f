"""How kernels are compiled and where they are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim import jit
from sim.engine.compiled import layout, times


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of its own; what was found out about the real one is forgotten for the test."""
    monkeypatch.setenv("KAIGONG_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(jit, "cache_folder", jit.cache_folder.__wrapped__)
    return tmp_path


def test_sources_are_the_kernels_and_what_they_import() -> None:
    names = {path.name for path in jit.sources(Path(times.__file__))}
    assert {"times.py", "layout.py", "jit.py", "trace.py"} <= names
    assert "ledger.py" not in names, "constants' own imports are no matter"


def test_an_edited_constant_gives_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    digest = jit._digest.__wrapped__
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


def test_no_folder_at_all_is_no_error(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit, "_is_writable", lambda _: False)
    assert jit.cache_folder(Path(times.__file__)) is None

    @jit.entry
    def twice(x: int) -> int:
        return 2 * x

    assert not jit.is_cached(twice)
    assert twice(4) == 8
    assert jit.is_cached(twice)
