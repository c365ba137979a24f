"""Many forecasts in one go: every scenario of a folder, one summary row a target, broken ones apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecasts import api
from forecasts.archive import FOLDER, read_archive, scored
from forecasts.inputs import StrPath, read_inputs
from forecasts.made import Made
from forecasts.running import Show, check_out
from sim.atomic import write_text
from sim.errors import Halfway, InputError, KaigongError, Problem
from sim.experiment.one import is_compiled

SUMMARY = "batch.csv"
KEY = ["scenario", "measure", "group", "version"]
VALUES = ["plan", "p_met", "p_met_error", "p10", "p50", "p90"]
SCORES = ["scored", "cover80", "mean_error"]

#: Scores by measure and group.
Scores = Mapping[tuple[str, str], Mapping[str, float]]


@dataclass(frozen=True)
class Batch:
    """What a batch made.

    Parameters
    ----------
    rows : list of dict
        One a target of every scenario that ran: ``p_met`` and its error, its ``change`` since the last batch,
        quantiles, replications and the run directory. Of earlier forecasts whose months have passed, by
        tonight's ledger: how many were ``scored``, ``cover80`` of their 80 % intervals, ``mean_error`` of
        their medians; None where there is none yet (and of money, which a ledger cannot date).
    broken : dict of str to str
        Scenario file to what is wrong with it; the others ran all the same.
    summary : Path
        The table as CSV.
    """

    rows: list[dict[str, Any]]
    broken: dict[str, str]
    summary: Path


def scenario_files(folder: StrPath) -> list[Path]:
    """Return the scenarios of a folder: ``*.yaml`` in it and ``scenario.yaml`` one level below, sorted.

    Raises
    ------
    InputError
        If there is no such folder, or no scenario in it.
    """
    place = Path(folder)
    found = sorted([*place.glob("*.yaml"), *place.glob("*/scenario.yaml")]) if place.is_dir() else []
    if not found:
        expected, remedy = "a folder with *.yaml or */scenario.yaml files", "give the folder of the scenarios"
        got = "no scenario in it" if place.is_dir() else "a file" if place.exists() else "no such folder"
        if place.is_file():
            remedy = "give the folder it lies in, or forecast it alone with `kaigong forecast`"
        raise InputError([Problem(str(place), "", got, expected, remedy)])
    return found


def batch(
    folder: StrPath,
    *,
    out: StrPath = Path("runs/batch"),
    replications: int | None = None,
    seed: int = 1,
    engine: str = "auto",
    progress: Show | None = None,
    report: Callable[[Made], object] = Made.write_report,
) -> Batch:
    """Forecast every scenario of a folder with the ledger it names; go on past broken ones.

    Parameters
    ----------
    folder : path
    out : path
        Where run directories and the summary lie; a summary of an earlier batch there gives the change.
    replications, seed, engine, progress
        See `forecasts.api.forecast`.
    report : callable
        What to do with each finished forecast.

    Returns
    -------
    Batch

    Raises
    ------
    InputError
        If the folder holds no scenario.
    """
    files = scenario_files(folder)
    is_compiled(engine)  # refuses what is no engine, once for all
    check_out(out)
    before = _last(Path(out) / SUMMARY)
    rows: list[dict[str, Any]] = []
    broken: dict[str, str] = {}
    for file in files:
        name = file.parent.name if file.name == "scenario.yaml" else file.stem
        try:
            made = api.forecast(
                file,
                out=Path(out) / name,
                replications=replications,
                seed=seed,
                engine=engine,
                progress=progress,
            )
            report(made)
        except KeyboardInterrupt as stop:
            if rows:
                raise Halfway from stop
            raise
        except KaigongError as error:
            broken[str(file)] = str(error)
            continue
        except Exception as error:  # noqa: BLE001 - a fault of ours in one city must not cost the others their night
            broken[str(file)] = f"{type(error).__name__}: {error} (a fault of kaigong: please report it)"
            continue
        try:
            scores = scores_of(file, made)
        except KaigongError as error:  # tonight's forecast stands all the same
            scores = {}
            broken[str(file)] = f"its earlier forecasts, not tonight's, and their scores: {error}"
        rows += _rows(name, made, before, scores)
    table = pd.DataFrame(rows, columns=[*KEY, *VALUES, "change", *SCORES, "replications", "folder"])
    write_text(Path(out) / SUMMARY, table.to_csv(index=False))
    return Batch(rows, broken, Path(out) / SUMMARY)


def scores_of(file: Path, made: Made) -> Scores:
    """Score the earlier forecasts of a scenario by tonight's ledger, as far as their months have passed.

    Parameters
    ----------
    file : Path
        The scenario; forecasts of others in the same archive are not looked at.
    made : Made
        Tonight's forecast; its as-of date says up to when the ledger is complete.

    Returns
    -------
    mapping of (measure, group) to mapping
        `SCORES`; empty where nothing can be scored yet.
    """
    folder, until = made.folder.parent / FOLDER / made.result["scenario"], made.result["as_of"]
    if not folder.is_dir():
        return {}
    kept = [k for k in read_archive(folder) if k.content.get("given") == str(file) and str(k.as_of) < until]
    if not kept:
        return {}
    inputs = read_inputs(file, adopted=True, dated=False)
    rows = scored(kept, inputs.ledger, inputs.scenario.counts.by_measure, date.fromisoformat(until))
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows["forecasts"]:
        found.setdefault((row["measure"], row["group"]), []).append(row)
    return {
        key: {
            "scored": len({row["as_of"] for row in mine}),
            "cover80": round(float(np.mean([row["inside"] for row in mine])), 4),
            "mean_error": round(float(np.mean([abs(row["p50"] - row["actual"]) for row in mine])), 4),
        }
        for key, mine in found.items()
    }


def _rows(
    name: str, made: Made, before: dict[tuple[str, ...], float], scores: Scores
) -> list[dict[str, Any]]:
    found = []
    for target in made.result["targets"]:
        key = (name, target["measure"], target["group"], target["version"] or "")
        p, last = target["p_met"], before.get(key)
        change = None if p is None or last is None else round(p - last, 4)
        values = {column: target[column] for column in VALUES}
        values |= dict.fromkeys(SCORES) | dict(scores.get((target["measure"], target["group"]), {}))
        values |= {"change": change, "replications": made.result["replications"], "folder": str(made.folder)}
        found.append(dict(zip(KEY, key, strict=True)) | values)
    return found


def _last(path: Path) -> dict[tuple[str, ...], float]:
    """Return P(plan met) of the last batch by target; empty where there was none."""
    if not path.is_file():
        return {}
    table = pd.read_csv(path, dtype=dict.fromkeys(KEY, "string"), keep_default_na=True)
    known: Sequence[dict[Any, Any]] = table.dropna(subset=["p_met"]).to_dict("records")
    return {
        tuple("" if pd.isna(row[name]) else str(row[name]) for name in KEY): float(row["p_met"])
        for row in known
    }
