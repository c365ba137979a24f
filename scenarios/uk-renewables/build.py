"""Estimate the life tables of the UK scenario from its register, as known in December 2019.

Run from anywhere, with KAIGONG_DATA naming the folder of the data::

    python scenarios/uk-renewables/build.py                     # writes lifetables.csv and estimated.yaml
    python scenarios/uk-renewables/build.py --ledger out.csv    # also the ledger as known on 2020-12-31

Only rows of the extract of 2019-12 are read for the estimates, so that a forecast from the end of 2020
has seen nothing of what it is scored on.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from forecasts.lifetable import (
    CommonFactor,
    LifeTable,
    Spells,
    by_stratum,
    common_factor,
    expected,
    life_table,
    spells,
    write_tables,
)
from sim.atomic import write_text
from sim.ledger import Ledger, LedgerFormat, read_ledger, write_ledger

HERE = Path(__file__).parent
EXTRACT = date(2019, 12, 31)
AS_OF = date(2020, 12, 31)

#: Two years of calendar time: after the rush to the subsidy deadline of March 2017, and without the last
#: six months before the extract, of which reports were still to come.
OPENS, CLOSES = date(2017, 7, 1), date(2019, 6, 30)

#: Origin, destination and activity of every phase.
PHASES = (
    ("submitted", "consent", "consent"),
    ("consent", "construction", "mobilisation"),
    ("construction", "operational", "building"),
)
LABELS = {
    "consent": ("planning decision", "规划审批", "government"),
    "mobilisation": ("from consent to construction", "开工准备", "applicant"),
    "building": ("construction", "建设", "third_party"),
}


def register(as_of: date) -> Ledger:
    """Read the register as known on a date, in the scenario's own words."""
    raw = YAML(typ="safe").load(HERE / "scenario.yaml")
    return read_ledger(
        raw["ledger"],
        {m["name"]: m["zh"] for m in raw["milestones"]},
        attributes={name: spec["type"] for name, spec in raw["attributes"].items()},
        form=LedgerFormat.model_validate(raw["ledger_format"]),
        as_of=as_of,
    )


def monthly(stays: Spells, table: LifeTable, ledger: Ledger, destination: str) -> list[tuple[float, float]]:
    """Count events by month against the table's mean, for the size of the common factor."""
    events = [day for day in ledger.dates[destination] if isinstance(day, date) and OPENS <= day <= CLOSES]
    edges = [date(y, m, 1) for y in range(OPENS.year, CLOSES.year + 1) for m in range(1, 13)]
    months = [day for day in edges if OPENS <= day <= CLOSES]
    seen = [sum(1 for day in events if (day.year, day.month) == (m.year, m.month)) for m in months]
    mean = expected(table, stays, np.arange(len(stays.entry))) / len(months)
    return [(float(n), mean) for n in seen]


def estimate(ledger: Ledger) -> tuple[dict[str, LifeTable], dict[str, CommonFactor], dict[str, Spells]]:
    """Estimate every phase: tables by exit and technology class, the factor's size, the stays used."""
    kinds = ledger.text("kind")
    tables: dict[str, LifeTable] = {}
    factors: dict[str, CommonFactor] = {}
    used: dict[str, Spells] = {}
    for origin, destination, activity in PHASES:
        stays = spells(ledger, origin, destination, opens=OPENS, closes=CLOSES, stratum=kinds)
        used[activity] = stays
        common = life_table(stays, "advance")
        tables |= {f"{activity}:{kind}": t for kind, t in by_stratum(stays, "advance").items()}
        tables[f"{activity}:any"] = common
        if stays.withdrew.any():
            tables |= {f"leaves_{origin}:{kind}": t for kind, t in by_stratum(stays, "withdraw").items()}
            tables[f"leaves_{origin}:any"] = life_table(stays, "withdraw")
        factors[activity] = common_factor(monthly(stays, common, ledger, destination))
    return tables, factors, used


def laws(name: str, tables: Mapping[str, LifeTable]) -> list[dict[str, object]]:
    """Write the cases of one law: a table for every technology class, the common one for others."""
    kinds = [key.split(":")[1] for key in tables if key.startswith(f"{name}:")]
    cases: list[dict[str, object]] = [
        {"when": {"kind": kind}, "law": "lifetable", "file": "lifetables.csv", "stratum": f"{name}:{kind}"}
        for kind in sorted(kinds)
        if kind != "any"
    ]
    return [*cases, {"law": "lifetable", "file": "lifetables.csv", "stratum": f"{name}:any"}]


def arrivals(ledger: Ledger) -> dict[str, object]:
    """Submissions a month in the last year known, and how far five years moved from one to the next."""
    days = [day for day in ledger.dates["submitted"] if isinstance(day, date)]
    years = [(AS_OF - timedelta(days=365 * (k + 1)), AS_OF - timedelta(days=365 * k)) for k in range(5)]
    rates = [sum(1 for day in days if low < day <= high) / 12 for low, high in years]
    move = max(max(later / earlier, earlier / later) for later, earlier in pairwise(rates))
    return {
        "rate": {
            "value": f"{rates[0]:.1f} /mo",
            "range": [f"{rates[0] / move:.1f} /mo", f"{rates[0] * move:.1f} /mo"],
            "status": "calibrated",
            "source": f"submissions of {AS_OF.year} as known then; range: the largest yearly change",
        },
        "like": {"submitted_year": ">= 2019"},
    }


def overlay(
    tables: Mapping[str, LifeTable], factors: Sequence[CommonFactor], as_known: Ledger
) -> dict[str, object]:
    """Put the estimates into the form of a scenario file."""
    activities: dict[str, object] = {}
    before: str | None = None
    for _, _, activity in PHASES:
        english, chinese, owner = LABELS[activity]
        block: dict[str, object] = {"label": {"en": english, "zh": chinese}, "owner": owner}
        block |= {"after": [before]} if before else {}
        activities[activity] = block | {"clock": "natural", "work": laws(activity, tables)}
        before = activity
    sds = [f.sd for f in factors]
    seen = f"log observed/expected by month of the three phases, {OPENS} to {CLOSES}, Poisson noise taken off"
    return {
        "defaults": {
            "status": "calibrated",
            "source": f"life tables, extract {EXTRACT:%Y-%m}, {OPENS} to {CLOSES}",
        },
        "activities": activities,
        "withdrawal": {
            origin: laws(f"leaves_{origin}", tables)
            for origin, _, _ in PHASES
            if f"leaves_{origin}:any" in tables
        },
        "common_factor": {
            "city": {"sd": _ranged(float(np.median(sds)), min(sds), max(sds), "calibrated", seen)},
            "county": {"sd": _ranged(0.1, 0.05, 0.2, "assumed", "countries share subsidy rules and markets")},
            "rho": _ranged(0.8, 0.6, 0.95, "assumed", "months of one subsidy round move together"),
        },
        "arrivals": arrivals(as_known),
    }


def _ranged(value: float, low: float, high: float, status: str, source: str) -> dict[str, object]:
    """Give a number with its range; a common factor is never zero."""
    least = max(round(low, 2), 0.05)
    middle = max(round(value, 2), least)
    return {
        "value": middle,
        "range": [least, max(round(high, 2), middle)],
        "status": status,
        "source": source,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the estimates, and the ledger where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--ledger", type=Path, help="also write the ledger as known on 2020-12-31 (CSV or XLSX)"
    )
    parser.add_argument(
        "--out", type=Path, default=HERE, help="folder of the estimates (default: the scenario's)"
    )
    options = parser.parse_args(arguments)
    known, as_known = register(EXTRACT), register(AS_OF)
    tables, factors, used = estimate(known)
    note = f"Renewable Energy Planning Database {EXTRACT:%Y-%m}, OGL v3; written by build.py; age in days"
    write_tables(tables, options.out / "lifetables.csv", note=note)
    text = io.StringIO("# Written by build.py from the register. Do not edit.\n")
    text.seek(0, io.SEEK_END)
    yaml = YAML()
    yaml.width = 110
    yaml.dump(overlay(tables, list(factors.values()), as_known), text)
    write_text(options.out / "estimated.yaml", text.getvalue())
    for activity, stays in used.items():
        ends = (
            f"{stays.advanced.sum()} advanced, {stays.withdrew.sum()} left, {stays.left_out} without a date"
        )
        factor = factors[activity]
        print(
            f"{activity}: {len(stays.entry)} stays, {ends}; factor sd {factor.sd:.2f}, rho {factor.rho:.2f}"
        )
    if options.ledger is not None:
        print(write_ledger(as_known, options.ledger))


if __name__ == "__main__":
    main()
