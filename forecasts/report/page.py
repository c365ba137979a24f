"""One result as one HTML file: figures inside, no script, nothing fetched."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecasts.cells import cell, with_chances, worth_saying
from forecasts.columns import (
    CHAIN,
    CONTRIBUTIONS,
    INDICATORS,
    MEMBERS,
    NEXT_LIST,
    NEXT_LISTS,
    RANKING,
    by_confidence,
)
from forecasts.report.statements import cards, page_marks, provenance_lines, statements
from forecasts.report.yearend import year_lines, year_tables
from forecasts.words import LANGUAGES, Language, replications_of, word
from sim.atomic import write_bytes, write_text
from sim.errors import KaigongError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STANDING_COLUMNS: Mapping[str, Sequence[str]] = {
    "next_lists": NEXT_LISTS,
    "next_list": NEXT_LIST,
    "chain": CHAIN,
    "ranking": RANKING,
    "ranking_indicators": INDICATORS,
    "members": MEMBERS,
    "contributions": CONTRIBUTIONS,
}
COLUMNS: Mapping[str, Sequence[str]] = {
    "targets": (
        "measure",
        "group",
        "version",
        "plan",
        "done",
        "p_met",
        "p10",
        "p50",
        "p90",
        "promise80",
        "promise90",
        "shortfall",
        "required_rate",
        "p50_rate",
    ),
    "projects": (
        "id",
        "county",
        "milestone",
        "planned",
        "p50",
        "p90",
        "p_late",
        "p_late_record",
        "cause",
        "activity",
        "owner",
        "resource",
        "at_stake",
    ),
    "rates": (
        "name",
        "group",
        "known",
        "known_count",
        "known_denominator",
        "p10",
        "p50",
        "p90",
        "denominator",
    ),
    "reform": ("measure", "group", "n", "value", "baseline_value", "difference", "low", "high", "verdict"),
    "results": (
        "option",
        "measure",
        "group",
        "n",
        "baseline_value",
        "value",
        "difference",
        "low",
        "high",
        "verdict",
        "share_reached",
        "margin",
        "replications_needed",
    ),
    **STANDING_COLUMNS,
    "shocks": (
        "option",
        "shock",
        "group",
        "replications",
        "lost",
        "lost_low",
        "lost_high",
        "still_lost",
        "recovered",
    ),
    "parts": ("part", "further_reforms", "group", "n", "difference", "low", "high"),
}
TEXT = {
    "known_to",
    "half_p10",
    "half_p50",
    "half_p90",
    "member",
    "list",
    "event",
    "from",
    "unit",
    "indicator",
    "counted",
    "per",
    "confidence",
    "measure",
    "group",
    "version",
    "p_met",
    "id",
    "county",
    "milestone",
    "planned",
    "cause",
    "activity",
    "owner",
    "resource",
    "name",
    "option",
    "verdict",
    "part",
    "further_reforms",
    "shock",
}


def write_report(result: Mapping[str, Any], folder: Path, lang: Language) -> Path:
    """Write figures and a report in every language; return the report in `lang`.

    Parameters
    ----------
    result : mapping
        A forecast or a comparison as the command prints it.
    folder : Path
        The run directory; it exists.
    lang : {"en", "zh"}

    Returns
    -------
    Path
        ``report.<lang>.html`` inside `folder`; its figures are also written as PNG files.
    """
    for language in LANGUAGES:
        pictures = {name: _png(figure) for name, figure in figures_of(result, language).items()}
        for name, picture in pictures.items():
            write_bytes(folder / f"{name}.{language}.png", picture)
        write_text(folder / f"report.{language}.html", render(result, language, pictures))
    return folder / f"report.{lang}.html"


def render(result: Mapping[str, Any], lang: Language, pictures: Mapping[str, bytes] | None = None) -> str:
    """Return the page of a forecast or a comparison as HTML.

    Parameters
    ----------
    result : mapping
        With a key ``kind``: ``forecast`` or ``compare``.
    lang : {"en", "zh"}
    pictures : mapping of str to bytes, optional
        Figures as PNG, by file name; made here if not given.

    Returns
    -------
    str
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    if pictures is None:
        pictures = {name: _png(figure) for name, figure in figures_of(result, lang).items()}
    inside = {
        name: {"label": name, "data": "data:image/png;base64," + base64.b64encode(picture).decode()}
        for name, picture in pictures.items()
    }
    place = result.get("title", {}).get(lang, result["scenario"])
    kind = "forecast" if result["kind"] == "forecast" else "compare"
    heading = word("forecast" if kind == "forecast" else "comparison", lang)
    environment = Environment(
        loader=PackageLoader("forecasts.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template(f"{kind}.html").render(
        lang=lang,
        w=lambda key: word(key, lang),
        cell=lambda value, key: cell(key, value, lang, result["labels"]),
        title=f"{place} · {heading}",
        result={
            "assumed": [],
            "calibrated": [],
            "overdue": [],
            "rates": [],
            "reform": None,
            "members": [],
            "contributions": [],
            "next_lists": [],
            "next_list": [],
            "chain": [],
            "ranking": [],
            "effect_in_parts": [],
            "shocks": [],
        }
        | dict(result)
        | readable(result),
        replications=replications_of(result["replications"], lang),
        page_marks=page_marks(result, lang),
        provenance=provenance_lines(result, lang),
        columns={name: _columns(keys, lang) for name, keys in COLUMNS.items()},
        cards=cards(result, lang) if kind == "forecast" else [],
        statements=statements(result, lang) if kind == "forecast" else [],
        year_tables=[(title, rows, _columns(keys, lang)) for title, rows, keys in year_tables(result, lang)],
        year_lines=year_lines(result, lang),
        headline=[r for r in result.get("results", []) if r["group"] == "all"],
        **_groups(inside),
    )


def readable(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lists of a forecast as a person wants them: chances with errors, real warnings only."""
    if result["kind"] != "forecast":
        return {}
    return {
        "targets": with_chances(result["targets"], result["replications"]),
        "projects": worth_saying(result["projects"]),
        "next_lists": by_confidence(result.get("next_lists", [])),
    }


def _groups(pictures: Mapping[str, Mapping[str, str]]) -> dict[str, list[Mapping[str, str]]]:
    def starting(prefix: str) -> list[Mapping[str, str]]:
        return [p for name, p in pictures.items() if name.startswith(prefix)]

    return {
        "fans": starting("fan_"),
        "warnings": starting("early_warning"),
        "year_figures": starting("year_"),
        "waits": starting("waits"),
        "list_figures": starting("next_list"),
        "ranking_figures": starting("ranking"),
        "figures": starting("difference_"),
        "driver_figures": starting("drivers_"),
    }


def figures_of(result: Mapping[str, Any], lang: Language) -> dict[str, Figure]:
    """Return every figure of a forecast or a comparison, by file name."""
    from forecasts import plots

    if result["kind"] not in ("forecast", "compare"):
        raise KaigongError(
            f"report: got a {result['kind']} of {result['scenario']}, expected a forecast or a comparison;"
            " read its tables, or ask for one of these"
        )
    made: dict[str, Figure] = {}
    if result["kind"] == "forecast":
        for measure in dict.fromkeys(r["measure"] for r in result["monthly"] if r["group"] == "all"):
            made[f"fan_{measure}"] = plots.fan(result, measure, lang)
        if any(row["cause"] is not None for row in result["projects"]):
            made["early_warning"] = plots.early_warning(result, lang)
        for row in result.get("in_year", {}).get("measures", ()):
            made[f"year_{row['measure']}"] = plots.year_fan(result, row["measure"], lang)
        made |= _standing_figures(result, lang)
    else:
        for measure in dict.fromkeys(r["measure"] for r in result["results"] if r["group"] == "all"):
            made[f"difference_{measure}"] = plots.differences(result, measure, lang)
        for option in dict.fromkeys(r["option"] for r in result["drivers"]):
            made[f"drivers_{option}"] = plots.drivers(result, option, lang)
    if result["waits"]:
        made["waits"] = plots.waits(result, lang)
    return made


def _standing_figures(result: Mapping[str, Any], lang: Language) -> dict[str, Figure]:
    """Return the figures of next lists on which somebody has a chance, and of the ranking."""
    from forecasts import plots

    some = {row["list"] for row in result.get("next_list", []) if row["chance"] > 0}
    names = [row["list"] for row in result.get("next_lists", []) if row["list"] in some]
    made = {f"next_list_{name}": plots.next_list(result, name, lang) for name in names}
    if result.get("ranking"):
        made["ranking"] = plots.ranking(result, lang)
    return made


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    # A fixed text chunk instead of the library's version keeps the same result the same bytes.
    figure.savefig(buffer, format="png", dpi=130, metadata={"Software": "kaigong"})
    return buffer.getvalue()


def _columns(keys: Sequence[str], lang: Language) -> list[dict[str, Any]]:
    return [{"key": key, "label": word(key, lang), "number": key not in TEXT} for key in keys]
