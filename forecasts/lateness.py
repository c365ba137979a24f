"""What a forecast says of late reports: how late the ledger learns, of which office, and what that adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from forecasts.combined import Combined
from forecasts.delay import Delay, delays_by_office, statement
from forecasts.inputs import Inputs
from forecasts.path import Path
from forecasts.vintages import KEPT, reporting_delay
from forecasts.words import LANGUAGES, word
from sim.ledger import Ledger

SEE = {
    "en": "How late: `reporting_delay` in result.json; see The present, section Reporting delay.",
    "zh": "滞后多久见 result.json 的 `reporting_delay`,说明见文档 The present 的“上报滞后”一节。",
}
NOT_MEASURED = {
    "en": "Reporting delay: not measured, the ledger has no dates of first report.",
    "zh": "上报滞后:未测量,台账无首次上报日期。",
}


def delays_in(inputs: Inputs, extracts: Sequence[tuple[date, Ledger]]) -> dict[str, Delay]:
    """Measure how late each milestone is reported.

    Parameters
    ----------
    inputs : Inputs
        With an as-of date.
    extracts : sequence of (date, Ledger)
        Extracts that the ledger's own file holds, oldest first.
    """
    assert inputs.as_of is not None
    return reporting_delay(inputs.ledger, inputs.as_of, extracts=extracts[-KEPT:])


def lateness(inputs: Inputs, delays: Mapping[str, Delay], reading: Path | Combined) -> dict[str, Any]:
    """Return the statement about delay: measured or not, by office, and what it adds to the year's counts.

    Parameters
    ----------
    inputs : Inputs
    delays : mapping of str to Delay
        By milestone.
    reading : Path or Combined
        The forecast's counts: the ledger's past corrects them, the simulation does not.
    """
    found: dict[str, Any] = dict(statement(delays))
    if not found["measured"]:
        return found | {"statement": NOT_MEASURED}
    found["offices"] = _offices(inputs, delays)
    day = reading.period.as_of.isoformat()
    if not isinstance(reading, Combined) or not reading.told:
        said = {
            "en": f"Events up to {day} reach the ledger late; the simulation's counts are not corrected.",
            "zh": f"截至 {day} 的事件存在上报滞后;仿真计数未作修正。",
        }
    else:
        found["added"] = reading.unrecorded()
        said = _corrected(day, found["added"])
    return found | {"statement": {"en": f"{said['en']} {SEE['en']}", "zh": said["zh"] + SEE["zh"]}}


def _corrected(day: str, added: Mapping[str, float]) -> dict[str, str]:
    """Say how many events of each measure are taken to be missing on record."""
    more = {
        lang: ", ".join(f"{word(measure, lang)} {count:.3g}" for measure, count in added.items())
        for lang in LANGUAGES
    }
    return {
        "en": f"Events up to {day} reach the ledger late; corrected. Happened by then and not on record:"
        f" {more['en']}.",
        "zh": f"截至 {day} 的事件存在上报滞后;已修正。截至当日已发生未上报(平均):{more['zh']}。",
    }


def _offices(inputs: Inputs, delays: Mapping[str, Delay]) -> dict[str, dict[str, object]]:
    """Return the delay of every office that reports enough, by milestone; where two or more do."""
    assert inputs.as_of is not None
    offices = inputs.ledger.text(inputs.scenario.units)
    found = dict[str, dict[str, object]]()
    for milestone in delays:
        by_office = delays_by_office(inputs.ledger, milestone, inputs.as_of, offices)
        if len(by_office) > 1:
            found[milestone] = {name: delay.statement() for name, delay in by_office.items()}
    return found
