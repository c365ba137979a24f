"""The year's end from reported figures as a person reads it: tables, and sentences on what they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forecasts.cells import year_chance
from forecasts.columns import IN_YEAR, PACE, SAID
from forecasts.words import Language, word

Part = tuple[str, Sequence[Mapping[str, Any]], Sequence[str]]


def year_tables(result: Mapping[str, Any], lang: Language) -> list[Part]:
    """Return title, rows and columns of each table; none where no figures were reported."""
    found = result.get("in_year")
    if not found or not found["measures"]:
        return []
    rows = [_readable(row, lang) for row in found["measures"]]
    planned = [row for row in rows if row["plan"]]
    shown = PACE if any(row["class_standing"] is not None for row in planned) else PACE[:7]
    paced: list[Part] = [(word("in_year_pace", lang), planned, shown)] if planned else []
    return [
        (f"{word('in_year', lang)} {found['year']}", rows, IN_YEAR),
        *paced,
        (word("in_year_said", lang), found["said"], SAID),
    ]


def year_lines(result: Mapping[str, Any], lang: Language) -> list[str]:
    """Return what was left out, what is odd in the file, and what the other places are, a line each."""
    found = result.get("in_year")
    if not found:
        return []
    lines = [
        word(f"year_{row['why']}", lang).format(**dict(row) | {"measure": word(row["measure"], lang)})
        for row in found["left_out"]
    ]
    for note in found["notes"]:
        named = {"measure": word(note["measure"], lang)} if "measure" in note else {}
        lines.append(word(f"year_{note['what']}", lang).format(file=found["file"], **dict(note) | named))
    reports = {row["class_reports"] for row in found["measures"]} - {None}
    return lines + [word("class_note", lang).format(n=n) for n in reports]


def _readable(row: Mapping[str, Any], lang: Language) -> dict[str, Any]:
    """Return a row with its unit and chance in words; a half that is not passed says so."""
    p, done = row["p_met"], row["done"]
    never = word("not_this_year", lang)
    halves = {
        key: row[key] or (never if row["plan"] else None) for key in ("half_p10", "half_p50", "half_p90")
    }
    text = None if p is None else year_chance(p)
    done = done if row["measure"] == "investment" else int(done)
    return dict(row) | {"unit": word(row["unit"], lang), "p_met": text, "done": done} | halves
