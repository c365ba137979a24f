"""The archive: forecasts as they were made, and how good they were once the truth has arrived.

Every forecast leaves a small file in ``archive/<scenario>/`` beside its run directory, named by its as-of
date and the hash of all it was made from. Nothing in it is changed afterwards; a later ledger tells what
came. Counts are scored; money has no dates in a ledger and is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from forecasts import scores
from sim.atomic import write_text
from sim.errors import InputError, Problem, Problems
from sim.ledger import Ledger

#: Name of the folder, beside run directories.
FOLDER: Final = "archive"

#: What of a forecast is kept.
_KEPT: Final = ("scenario", "title", "labels", "synthetic", "as_of", "until", "level", "seed", "replications")
_TARGET: Final = ("measure", "group", "version", "plan", "p_met", "done", "p10", "p50", "p90")
_MONTH: Final = ("month_end", "measure", "group", "p10", "p50", "p90")
#: Stands for all groups together, beside the city.
GROUPS: Final = "groups"

_PROJECT: Final = ("id", "milestone", "planned", "p_late")

Row = dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """One forecast of the archive.

    Parameters
    ----------
    file : Path
    content : mapping
        As `keep` wrote it.
    """

    file: Path
    content: Mapping[str, Any]

    @property
    def scenario(self) -> str:
        """Name of its scenario."""
        return str(self.content["scenario"])

    @property
    def as_of(self) -> date:
        """What it knew."""
        return date.fromisoformat(self.content["as_of"])


def keep(result: Mapping[str, Any], identity: str, given: str, folder: Path) -> Path:
    """Keep a forecast.

    Parameters
    ----------
    result : mapping
        Of `kaigong forecast`.
    identity : str
        Hash of all it was made from.
    given : str
        The scenario as it was named, so that it can be read again.
    folder : Path
        The archive.

    Returns
    -------
    Path
        The same forecast is the same file, with the same bytes.
    """
    content = {name: result[name] for name in _KEPT if name in result} | {
        "given": given,
        "identity": identity,
    }
    content["targets"] = [_only(row, _TARGET) for row in result["targets"]]
    content["monthly"] = [_only(row, _MONTH) for row in result["monthly"]]
    content["projects"] = [_only(row, _PROJECT) for row in result["projects"]]
    target = folder / str(result["scenario"]) / f"{result['as_of']}.{identity[:12]}.json"
    write_text(target, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return target


def _only(row: Mapping[str, Any], names: Sequence[str]) -> Row:
    return {name: row[name] for name in names if name in row}


def read_archive(folder: Path) -> list[Kept]:
    """Return the forecasts of an archive (or of one scenario's folder in it), oldest first.

    Raises
    ------
    InputError
        If there is no such folder, nothing in it, or a file that is not whole.
    """
    remedy = "make forecasts first, or name the folder `archive` beside their run directories"
    if not folder.is_dir():
        got = "a file" if folder.exists() else "no such folder"
        raise InputError([Problem(str(folder), "", got, "an archive of forecasts", remedy)])
    found, problems = list[Kept](), Problems()
    for file in sorted(folder.rglob("*.json")):
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            kept = Kept(file, content)
            found += [kept] if {"targets", "monthly", "identity"} <= set(content) and kept.as_of else []
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            problems.add(
                str(file), "", f"a file that cannot be read ({error})", "a kept forecast", "remove it"
            )
    problems.raise_if_any()
    if not found:
        raise InputError([Problem(str(folder), "", "no forecast in it", "an archive of forecasts", remedy)])
    return sorted(found, key=lambda kept: (kept.scenario, kept.as_of, kept.file.name))


def scored(
    kept: Iterable[Kept], ledger: Ledger, counts: Mapping[str, str], known_until: date
) -> dict[str, Any]:
    """Score forecasts of one scenario by a later ledger.

    Parameters
    ----------
    kept : iterable of Kept
    ledger : Ledger
        Whole, as it is now.
    counts : mapping of measure to str
        Milestone of every measure.
    known_until : date
        The ledger is complete up to this day: what ends later is still waiting.

    Returns
    -------
    dict
        ``forecasts``: one row a forecast, measure, group and month end; ``measures``: their scores, of the
        city and of its groups together; ``chances``: of plans met; ``projects``: of lateness;
        ``waiting``: months that have not ended;
        ``not_scored``: measures and groups the ledger cannot tell of.
    """
    rows, plans, late = list[Row](), list[Row](), list[Row]()
    waiting, unknown = 0, set[str]()
    for one in kept:
        wanted = [row | {"kind": "month"} for row in one.content["monthly"]]
        wanted += [
            row | {"kind": "plan", "month_end": one.content["until"]}
            for row in _in_force(one.content["targets"])
        ]
        for row in wanted:
            end = date.fromisoformat(row["month_end"])
            members = _members(ledger, row["group"])
            if row["measure"] not in counts or members is None:
                unknown.add(row["measure"] if row["measure"] not in counts else f"group {row['group']}")
            elif end > known_until:
                waiting += 1
            elif end > one.as_of:
                came = _counted(ledger, members, counts[row["measure"]], end)
                (rows if row["kind"] == "month" else plans).append(_row(one, row, came))
        late += _late(one, ledger, known_until)
    return {
        "forecasts": rows,
        "measures": [_scores(*name, mine) for name, mine in _together(rows).items()],
        "chances": _chances([row for row in plans if row.get("plan") is not None]),
        "projects": _lateness(late),
        "waiting": waiting,
        "not_scored": sorted(unknown),
    }


def _together(rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """Return the rows of each measure: of the city, then of its groups together."""
    names = [(r["measure"], group) for r in rows for group in ("all", GROUPS)]
    found: dict[tuple[str, str], list[Row]] = {name: [] for name in names}
    for row in rows:
        found[row["measure"], "all" if row["group"] == "all" else GROUPS].append(row)
    return {name: mine for name, mine in found.items() if mine}


def _in_force(targets: Sequence[Row]) -> list[Row]:
    """Return the targets without those that were adjusted later: a plan is met once."""
    adjusted = {(row["measure"], row["group"]) for row in targets if row.get("version") == "adjusted"}
    return [
        row for row in targets
        if row.get("version") == "adjusted" or (row["measure"], row["group"]) not in adjusted
    ]  # fmt: skip


def _members(ledger: Ledger, group: str) -> list[int] | None:
    """Return the rows of a group: all, a county, a kind, or ``attribute=value``; None where none is meant."""
    if group == "all":
        return list(range(len(ledger)))
    name, _, value = group.partition("=")
    columns = [name] if value else ["county", "kind"]
    for column in columns:
        found = [i for i, cell in enumerate(ledger.text(column)) if cell == (value or group)]
        if found:
            return found
    return None


def _counted(ledger: Ledger, members: Sequence[int], milestone: str, end: date) -> int:
    """Count a milestone from 1 January to a day."""
    cells = (ledger.dates[milestone][i] for i in members)
    return sum(isinstance(day, date) and date(end.year, 1, 1) <= day <= end for day in cells)


def _row(one: Kept, row: Mapping[str, Any], came: int) -> Row:
    """Set one number of a forecast beside what came."""
    end = date.fromisoformat(row["month_end"])
    found: Row = {
        "as_of": str(one.as_of),
        "month": str(end)[:7],
        "ahead": (end.year - one.as_of.year) * 12 + end.month - one.as_of.month,
        **{name: row[name] for name in ("measure", "group", "p10", "p50", "p90")},
        "actual": came,
        "inside": bool(row["p10"] <= came <= row["p90"]),
    }
    if row.get("plan") is not None:
        found |= {"plan": row["plan"], "p_met": row["p_met"], "met": came >= row["plan"]}
    return found


def _scores(measure: str, group: str, mine: Sequence[Row]) -> Row:
    """Return the scores of one measure over all its months, of the city or of its groups together."""
    low, mid, high, came = (
        np.array([r[c] for r in mine], dtype=float) for c in ("p10", "p50", "p90", "actual")
    )
    return {
        "measure": measure,
        "group": group,
        "forecasts": len({row["as_of"] for row in mine}),
        "months": len(mine),
        "cover80": float(scores.is_inside(low, came, high).mean()),
        "mean_error": float(np.abs(mid - came).mean()),
        "bias": float((mid - came).mean()),
        "interval_score": float(scores.interval_score(low, high, came).mean()),
    }


def _chances(plans: Sequence[Row]) -> Row | None:
    """Return how honest the chances of plans were; None without any."""
    if not plans:
        return None
    p, met = [row["p_met"] for row in plans], [row["met"] for row in plans]
    return {
        "forecasts": len(plans),
        "happened": float(np.mean(met)),
        "brier": scores.brier(p, met),
        "skill": scores.brier_skill(p, met),
        "calibration_error": scores.calibration_error(p, met),
    }


def _late(one: Kept, ledger: Ledger, known_until: date) -> list[Row]:
    """Return the projects whose planned date has passed: the chance given, and whether it was missed.

    ``late`` is None where nobody can tell: the project is not in the ledger, or came on an unknown date.
    """
    place = {name: i for i, name in enumerate(ledger.ids)}
    found = []
    for row in one.content["projects"]:
        at, milestone = place.get(row["id"]), row["milestone"]
        planned = date.fromisoformat(row["planned"]) if row.get("planned") else None
        if planned is None or planned > known_until:
            continue
        reached = None if at is None or milestone not in ledger.dates else ledger.dates[milestone][at]
        told = at is not None and milestone in ledger.dates and (reached is None or isinstance(reached, date))
        late = not isinstance(reached, date) or reached > planned
        found.append({"p_late": row["p_late"], "late": late if told else None})
    return found


def _lateness(rows: Sequence[Row]) -> Row | None:
    """Return how good the early warning was; None without any project."""
    told = [row for row in rows if row["late"] is not None]
    if not told:
        return None
    p, late = [row["p_late"] for row in told], [row["late"] for row in told]
    return {
        "forecasts": len(told),
        "left_out": len(rows) - len(told),
        "happened": float(np.mean(late)),
        "brier": scores.brier(p, late),
        "skill": scores.brier_skill(p, late),
        "auc": scores.auc(p, late),
    }
