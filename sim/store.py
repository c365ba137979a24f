"""Run directories: what a run was made from, its tables and its result, read again when it is the same run.

The manifest is written last, so a directory with a manifest is a finished run; the parts of one that was
interrupted lie in `parts` and are used when the run is made again.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.atomic import Lock, hold, make_directory, replacing, write_text
from sim.columns import Columns, arrow
from sim.errors import Halfway, InputError, KaigongError, Problem
from sim.provenance import Manifest

if TYPE_CHECKING:
    import pandas as pd

MANIFEST, RESULT, SUMMARY, PARTS, LOCK = "manifest.json", "result.json", "summary.csv", "parts", ".lock"

#: Rows of a table that are written, and can be read, at once.
GROUP_ROWS: int = 1 << 18

#: What a finished run may have left, none of which may stand beside the results of another.
MADE: tuple[str, ...] = (RESULT, SUMMARY, "*.parquet", "*.en.png", "*.zh.png", "report.*.html")


@dataclass(frozen=True)
class RunDirectory:
    """A directory that holds one run, finished or not.

    Parameters
    ----------
    path : Path
    manifest : Manifest
        Of the run that is wanted.
    lock : Lock, optional
        Held while the run is made, so that two processes do not make it at once.
    """

    path: Path
    manifest: Manifest
    lock: Lock | None = field(default=None, compare=False, repr=False)

    @property
    def finished(self) -> bool:
        """Whether the directory already holds this very run."""
        found = read_manifest(self.path)
        return (
            found is not None and found.identity == self.manifest.identity and (self.path / RESULT).is_file()
        )

    @property
    def parts(self) -> Path:
        """Directory of finished chunks of a run under way."""
        return self.path / PARTS

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Let go of the directory when what is done inside fails: an interrupted run is nobody's.

        Raises
        ------
        Halfway
            Instead of `KeyboardInterrupt`, where something finished is kept.
        """
        try:
            with keeping(self.path):
                yield
        except BaseException:
            if self.lock is not None:
                self.lock.release()
            raise

    def write_table(self, name: str, table: pd.DataFrame) -> Path:
        """Write a table as Parquet."""
        target = self.path / f"{name}.parquet"
        with replacing(target) as temporary:
            table.to_parquet(temporary, index=False)
        return target

    def write_tables(self, name: str, tables: Iterable[Columns]) -> Path:
        """Write tables of the same columns as one, without having them in memory together.

        The file is the same however its rows are divided among the tables.
        """
        from pyarrow.parquet import ParquetWriter  # noqa: PLC0415 - only who writes needs it

        target = self.path / f"{name}.parquet"
        with replacing(target) as temporary, ExitStack() as stack:
            writer: Any = None
            for rows in _regrouped(map(arrow, tables)):
                writer = writer or stack.enter_context(ParquetWriter(temporary, rows.schema))
                writer.write_table(rows)
        return target

    def finish(self, result: Mapping[str, Any], summary: Sequence[Mapping[str, Any]]) -> Path:
        """Write result and summary, then the manifest; drop the parts.

        Parameters
        ----------
        result : mapping
            What `read_result` gives back; JSON's types.
        summary : sequence of mapping
            Rows of ``summary.csv``.
        """
        write_text(self.path / RESULT, json.dumps(result, ensure_ascii=False, indent=2) + "\n")
        write_text(self.path / SUMMARY, _csv(summary))
        write_text(self.path / MANIFEST, self.manifest.to_json())
        shutil.rmtree(self.parts, ignore_errors=True)
        if self.lock is not None:
            self.lock.release()
        return self.path


def open_run(out: Path | str, manifest: Manifest, *, name: str | None = None) -> RunDirectory:
    """Return the directory of a run under `out`, ready to be written.

    Parameters
    ----------
    out : Path or str
        Where run directories lie.
    manifest : Manifest
    name : str, optional
        Default: command, scenario and the start of the run's identity, so that the same run finds
        itself again. Given a name, an older run there is replaced where it asked the same question of
        the same files.

    Raises
    ------
    InputError
        If the directory holds other files, or another run.
    KaigongError
        If it cannot be created or written, or another process is making a run there; a
        finished run is read without asking anybody.

    Examples
    --------
    >>> import tempfile
    >>> run = open_run(tempfile.mkdtemp(), Manifest("run", "hello", seed=1, replications=2))
    >>> run.finished
    False
    >>> _ = run.finish({"scenario": "hello"}, [{"measure": "starts", "value": 3}])
    >>> run.finished, read_result(run.path)
    (True, {'scenario': 'hello'})
    """
    title = name or f"{manifest.command}-{_plain(manifest.scenario)}-{manifest.identity[:12]}"
    run = RunDirectory(Path(out) / title, manifest)
    if run.finished:
        return run
    make_directory(run.path)
    _refuse_another(run)
    if _is_foreign(run.path):
        expected = f"an empty or new one, or one with {MANIFEST} or {PARTS}/ of a run"
        remedy = "choose another place with --out, or empty this one"
        raise InputError([Problem(str(run.path), "", "a directory with other files", expected, remedy)])
    lock = hold(run.path / LOCK)
    if run.finished:  # by whoever held the directory a moment ago
        lock.release()
        return run
    # Whoever finds a manifest must find a finished run: an older one goes before the first table.
    if (run.path / MANIFEST).exists():
        _remove(run.path / MANIFEST)
        for pattern in MADE:
            for left in run.path.glob(pattern):
                _remove(left)
    # Also where nothing is kept on the way: by it a run that did not end is known as one of ours.
    make_directory(run.parts)
    write_text(run.path / ".writable", "")
    _remove(run.path / ".writable")
    return replace(run, lock=lock)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV; what a row has nothing of, or no number, stays empty."""
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    if names:
        writer.writeheader()
    writer.writerows({k: "" if v != v else v for k, v in row.items()} for row in rows)  # noqa: PLR0124 - NaN
    return text.getvalue()


def _regrouped(tables: Iterable[Any]) -> Iterator[Any]:
    """Yield the rows of Arrow tables in groups of one size, the last of what is left."""
    import pyarrow as pa  # noqa: PLC0415 - only who writes needs it

    held: list[Any] = []
    count, begun = 0, False
    for table in tables:
        held.append(table)
        count += table.num_rows
        while count >= GROUP_ROWS:
            whole = pa.concat_tables(held)
            yield whole.slice(0, GROUP_ROWS).combine_chunks()
            begun = True
            held = [whole.slice(GROUP_ROWS)]
            count -= GROUP_ROWS
    if count or (held and not begun):
        yield pa.concat_tables(held).combine_chunks()


@contextmanager
def keeping(path: Path) -> Iterator[None]:
    """Say of an interrupt whether a run directory has something from which the same work goes on.

    Raises
    ------
    Halfway
        Instead of `KeyboardInterrupt`, where it has.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        if _has_results(path):
            raise Halfway from stop
        raise


def _has_results(path: Path) -> bool:
    """Tell whether a run directory has a finished chunk, or a finished run."""
    return (path / MANIFEST).is_file() or any((path / PARTS).glob("[!.]*.npz"))


def _is_foreign(path: Path) -> bool:
    """Tell whether a directory holds something, but no run, finished or under way."""
    parts = path / PARTS
    if read_manifest(path) is not None or (path / LOCK).exists():
        return False
    is_run = parts.is_dir() and all(p.suffix == ".npz" for p in parts.iterdir())
    return not is_run and any(path.iterdir())


def _refuse_another(run: RunDirectory) -> None:
    """Refuse to replace a finished run of another command, scenario or files.

    Raises
    ------
    InputError
    """
    found = read_manifest(run.path)
    differs = () if found is None else found.differs_from(run.manifest)
    if found is not None and differs:
        got = f"a run of another {' and '.join(differs)} (`{found.command} {found.scenario}`)"
        expected = f"a new directory, or one of `{run.manifest.command} {run.manifest.scenario}`"
        remedy = "choose another place with --out, or delete this one"
        raise InputError([Problem(str(run.path), "", got, expected, remedy)])


def _remove(path: Path) -> None:
    """Delete a file that may not be there."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise KaigongError(
            f"{path}: the file cannot be replaced ({error.strerror or error});"
            " choose another place or make the directory writable"
        ) from error


def _plain(name: str) -> str:
    """Return a name that is safe as a part of a path."""
    kept = "".join(c if c.isalnum() or c in "-_" else "-" for c in Path(name).stem)
    return kept.strip("-") or "scenario"


def read_manifest(directory: Path | str) -> Manifest | None:
    """Return the manifest of a finished run, None where there is none that can be read."""
    try:
        return Manifest.from_json((Path(directory) / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def read_result(directory: Path | str) -> dict[str, Any]:
    """Return the result of a finished run.

    Raises
    ------
    KaigongError
        If the directory does not hold one.
    """
    place = Path(directory)
    if read_manifest(place) is None:
        raise KaigongError(
            f"{place}: no finished run here (no {MANIFEST}); give a run directory or run it again"
        )
    try:
        result: dict[str, Any] = json.loads((place / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KaigongError(
            f"{place / RESULT}: cannot be read ({error}); delete the directory and run again"
        ) from error
    return result


def read_table(directory: Path | str, name: str) -> pd.DataFrame:
    """Return a table of a finished run.

    Raises
    ------
    KaigongError
        If it is not there; the message names the tables that are.
    """
    import pandas as pd  # noqa: PLC0415 - only who looks at a table needs it

    place = Path(directory)
    try:
        return pd.read_parquet(place / f"{name}.parquet")
    except OSError as error:
        found = ", ".join(sorted(p.stem for p in place.glob("*.parquet"))) or "none"
        raise KaigongError(
            f"{place}: no table {name}, there are: {found}; ask for it when running"
        ) from error
