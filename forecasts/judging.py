"""`kaigong backtest` and `kaigong score`: how good forecasts would have been, and how good they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypedDict

from forecasts.archive import read_archive, scored
from forecasts.backtest.reading import is_series, ledger_source, series_source
from forecasts.backtest.sources import Source, chain_of
from forecasts.backtest.study import (
    EVERY,
    HORIZON,
    PATHS,
    Asked,
    month_given,
    prepared,
    result_of,
    said_by,
    span_given,
)
from forecasts.inputs import StrPath, read_inputs
from forecasts.results import labels_of, rounded, titles
from forecasts.running import Options, Request, Show
from sim.errors import InputError, Problem
from sim.provenance import Manifest, content_hash
from sim.store import RunDirectory, open_run, read_result


@dataclass(frozen=True)
class Judged:
    """What is backtested, read and checked.

    Parameters
    ----------
    name : str
        Of the scenario, or of the file.
    source : Source
    hashes, paths : mapping
        Of the inputs.
    head : mapping
        Title, labels and marks of the result.
    """

    name: str
    source: Source
    hashes: dict[str, str]
    paths: dict[str, str]
    head: dict[str, Any]


def judged(
    target: StrPath,
    request: Request,
    *,
    chain: str | None = None,
    measures: Sequence[str] = (),
    extracts: bool = False,
) -> Judged:
    """Read a scenario with its ledger, or a table of series.

    Parameters
    ----------
    target : str or path
        A scenario, or a CSV of monthly series.
    request : Request
    chain : str, optional
        ``a,b,c``: measures of which each feeds the next, of a table.
    measures : sequence of str
        Only these of a ledger are needed; none named: all.
    extracts : bool
        Origins are the published extracts of the register.

    Raises
    ------
    InputError
        With every problem of the inputs.
    """
    if is_series(str(target)):
        path = Path(target)
        _no_scenario(request, extracts=extracts)
        series = series_source(path, chain_of(chain) if chain else ())
        name = path.stem
        head: dict[str, Any] = {"title": titles(None, name), "labels": {}, "synthetic": False}
        return Judged(name, series, {"series": content_hash(path)}, {"series": str(path)}, head)
    if chain:
        got, remedy = chain, "leave it out: a ledger's milestones say what feeds what"
        raise InputError([Problem("--chain", "", got, "a table of series beside it", remedy)])
    inputs = request.inputs(target, adopted=True, dated=False)
    head = {
        "title": titles(inputs.scenario.title, inputs.scenario.name),
        "labels": labels_of(inputs.scenario),
        "synthetic": inputs.synthetic,
    }
    source = ledger_source(inputs, measures=measures, extracts=extracts)
    return Judged(inputs.scenario.name, source, inputs.hashes, inputs.paths, head)


def _no_scenario(request: Request, *, extracts: bool) -> None:
    """Refuse what only a ledger can have."""
    given = [name for name, on in (("--ledger", request.ledger), ("--extracts", extracts)) if on]
    if given:
        expected, remedy = "a scenario before it", "name the scenario of the ledger, not a table of series"
        raise InputError([Problem(name, "", "a table of series", expected, remedy) for name in given])


class Choices(TypedDict, total=False):
    """What a backtest may be asked for, as keyword arguments.

    ``origins`` first and last, ``2010-12:2019-12``; ``every`` months between them; ``horizon`` months to
    come; ``paths`` drawn; ``seed``; ``measures``, ``members``: only these; ``choices_until``: last origin
    that choices were made on; ``chain``: ``a,b,c``, measures of a table of which each feeds the next;
    ``extracts``: origins are a register's published extracts, as they were; ``workers``: processes, default
    one a core; ledger, money, skip_bad_rows, out, progress: see `forecasts.running.Request`.
    """

    origins: str | None
    every: int
    horizon: int
    paths: int
    seed: int
    measures: Sequence[str]
    members: Sequence[str]
    choices_until: str | None
    chain: str | None
    extracts: bool
    workers: int | None
    ledger: StrPath | None
    money: str | None
    skip_bad_rows: bool
    out: StrPath | None
    progress: Show | None


def options_of(choices: Choices) -> Options:
    """Return the part of the choices that every command takes."""
    return {
        "ledger": choices.get("ledger"),
        "money": choices.get("money"),
        "skip_bad_rows": choices.get("skip_bad_rows", False),
        "out": choices.get("out"),
        "progress": choices.get("progress"),
    }


def asked_of(choices: Choices) -> Asked:
    """Return what a backtest is asked for.

    Examples
    --------
    >>> asked_of({"origins": "2010-12:2019-12", "measures": ["starts"]}).measures
    ('starts',)
    """
    origins, until = choices.get("origins"), choices.get("choices_until")
    return Asked(
        span_given(origins) if origins else None,
        choices.get("every", EVERY),
        choices.get("horizon", HORIZON),
        choices.get("paths", PATHS),
        choices.get("seed", 1),
        tuple(choices.get("measures", ())),
        tuple(choices.get("members", ())),
        month_given(until, "--choices-until") if until else None,
    )


def backtest_of(target: StrPath, request: Request, choices: Choices) -> tuple[dict[str, Any], Path]:
    """Read, check and run a backtest; see `judged` and `make_backtest`."""
    asked = asked_of(choices)
    what = judged(
        target,
        request,
        chain=choices.get("chain"),
        measures=asked.measures,
        extracts=choices.get("extracts", False),
    )
    return make_backtest(
        what, asked, out=request.out, progress=request.progress, workers=choices.get("workers")
    )


def make_backtest(
    what: Judged, asked: Asked, *, out: StrPath | None, progress: Show | None, workers: int | None = None
) -> tuple[dict[str, Any], Path]:
    """Run a backtest into its run directory, or read the finished one.

    Returns
    -------
    dict
        The result: `forecasts.backtest.study.result_of`, with kind, scenario and labels.
    Path
        The run directory: also ``forecasts.parquet``, one row a forecast with its scores.
    """
    prepared(what.source, asked)  # refuses before anything is written
    directory = _directory(what, asked, out)
    if directory.finished:
        return read_result(directory.path), directory.path

    def tell(done: int, total: int, read: int) -> None:
        if progress is not None:
            progress(what.name, done, total, read)

    with directory.guarded():
        name = directory.manifest.identity[:12]
        said = said_by(what.source, asked, folder=directory.parts, name=name, workers=workers, progress=tell)
        found, rows = result_of(said)
        result = {"kind": "backtest", "scenario": what.name, **what.head, **found}
        directory.write_table("forecasts", rows)
        directory.finish(result, found["pooled"])
    return result, directory.path


def _directory(what: Judged, asked: Asked, out: StrPath | None) -> RunDirectory:
    manifest = Manifest(
        "backtest",
        what.name,
        seed=asked.seed,
        replications=asked.paths,
        inputs=what.hashes,
        options={**asdict(asked), "knowledge": what.source.knowledge, "paths": what.paths},
        synthetic=bool(what.head["synthetic"]),
    )
    if out is None:
        return open_run(Path("runs"), manifest)
    place = Path(out)
    return open_run(place.parent, manifest, name=place.name)


def score(
    archive: StrPath = "runs/archive",
    *,
    ledger: StrPath | None = None,
    scenario: str | None = None,
    as_of: date | None = None,
    money: str | None = None,
    skip_bad_rows: bool = False,
) -> dict[str, Any]:
    """Score the forecasts kept in an archive by a later ledger.

    Parameters
    ----------
    archive : path
        The folder ``archive`` beside run directories, or one scenario's folder in it.
    ledger : path, optional
        As it is now; default: the scenario's own.
    scenario : str, optional
        Only forecasts of this one; needed where the archive holds several.
    as_of : date, optional
        The ledger is complete up to this day; default: its last date.
    money, skip_bad_rows
        See `forecasts.running.Request`.

    Returns
    -------
    dict
        See `forecasts.archive.scored`; kind ``score``, scenario, ``known_until``.

    Raises
    ------
    InputError
        If there is nothing to score, or the ledger cannot be read.
    """
    kept = read_archive(Path(archive))
    names = sorted({one.scenario for one in kept})
    if scenario is not None:
        kept = [one for one in kept if one.scenario == scenario]
    if len({one.scenario for one in kept}) != 1:
        got = f"forecasts of {', '.join(names)}" if scenario is None else scenario
        expected = "one scenario" if scenario is None else f"one of {', '.join(names)}"
        raise InputError([Problem("--scenario", "", got, expected, "name one of them")])
    last = kept[-1].content
    inputs = read_inputs(
        last["given"], adopted=True, ledger=ledger, dated=False, money=money, skip_bad_rows=skip_bad_rows
    )
    known_until = as_of or inputs.ledger.latest_date()
    if known_until is None:
        remedy = "bring the ledger as it is now"
        raise InputError([Problem(inputs.ledger.source, "", "no dates", "dates of milestones", remedy)])
    found = scored(kept, inputs.ledger, inputs.scenario.counts.by_measure, known_until)
    head = {name: last[name] for name in ("scenario", "title", "labels", "synthetic") if name in last}
    made = {"made": len(kept), "first": kept[0].content["as_of"], "last": last["as_of"]}
    result = {"kind": "score", **head, "known_until": str(known_until), **made, **found}
    if not found["forecasts"] and found["projects"] is None:
        got = f"a ledger up to {known_until}, forecasts made from {made['first']} on"
        expected, remedy = "a ledger that knows the months forecast", "bring a later one, or give --as-of"
        raise InputError([Problem(inputs.ledger.source, "", got, expected, remedy)])
    return dict(rounded(result))
