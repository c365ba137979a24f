"""What drawn cases have made use of, so that the strategy cannot become tame without anybody noticing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from pydantic import BaseModel

from sim.ledger.format import ColumnRule
from sim.model.arrays import (
    APPLICANT,
    ENDED,
    INFERRED,
    MEETING,
    NOT_YET,
    OFFICE,
    QUEUED,
    QUOTA,
    RESOURCE_KINDS,
    SERVICE,
    SESSION,
    Model,
)  # fmt: skip
from sim.model.lookup import case_table
from sim.review import SAME, entered, work_factors
from sim.review.board import replayed
from sim.sampling import Draws
from sim.scenario import Scenario
from sim.scenario.jsonschema import json_schema
from sim.scenario.parameter import blocks_in
from sim.trace import NEVER, OUTCOMES, WITHDRAWN, Trace

STATES = {NOT_YET: "not yet", ENDED: "ended", APPLICANT: "applicant", QUEUED: "queued", SERVICE: "service"}
KINDS = ("work", "gate", "check")
#: What the schema has and means nothing: a life table holds lengths of time; nature never stops.
NOT_MEANT = {
    ("NumberLaw", "file"), ("NumberLaw", "stratum"), ("NumberLaw", "law: lifetable"),
    ("Shock", "stops: natural"),
}  # fmt: skip
#: What must happen, beside every outcome, case kind, resource kind and state at the epoch.
SITUATIONS = (
    "meeting on the minute an office opens", "both serve on that minute",
    "withdrawal on the minute of service", "zero length",
    "withdrawal on the minute of an end", "exhausted quota", "full session", "project under way",
    "two joined in one minute", "inferred", "rerun", "stop", "stop not solved at once", "refused leaves",
    "patience ends", "second regime", "shock", "arrival", "forecast", "comparison", "common factor",
    "work under orders", "rung under orders", "put in front", "turned away", "review on the minute of a join",
)  # fmt: skip


def schema_keys() -> set[tuple[str, str]]:
    """Every key of the schema with the block it stands in; "" is the top of the file."""
    schema = json_schema()
    found = {("", key) for key in schema["properties"]}
    for name, body in schema["$defs"].items():
        for form in (body, *body.get("anyOf", ())):
            keys = form.get("properties", ())
            found |= {(name, key) for key in keys if name != "LawCase" or key in ("when", "law")}
    return found - NOT_MEANT


def schema_words() -> set[tuple[str, str]]:
    """Every word the schema offers a choice of (families, clocks, modes), with its block and key."""
    found = set()
    for name, body in json_schema()["$defs"].items():
        for form in (body, *body.get("anyOf", ())):
            for key, schema in form.get("properties", {}).items():
                if key == "status" or name == "LawCase":  # said of every block; the law's own words
                    continue
                forms = [schema, *schema.get("anyOf", ()), schema.get("items", {})]
                words = [word for each in forms for word in (*each.get("enum", ()), each.get("const"))]
                found |= {(name, f"{key}: {word}") for word in words if isinstance(word, str)}
    return found - NOT_MEANT


class Seen:
    """Counts over many cases."""

    def __init__(self) -> None:
        self.keys: set[tuple[str, str]] = set()
        self.counts: Counter[str] = Counter()
        self.cases = self.refused = 0

    def missing_keys(self) -> list[str]:
        """Keys of the schema, and words it offers, that no case has used."""
        wanted = schema_keys() | schema_words()
        return sorted(f"{block}.{key}".strip(".") for block, key in wanted - self.keys)

    def missing_situations(self) -> list[str]:
        """What should have happened in some case and has not."""
        wanted = [*OUTCOMES, *KINDS, *RESOURCE_KINDS, *STATES.values(), *SITUATIONS]
        return [name for name in wanted if not self.counts[name]]

    def add(
        self, scenario: Scenario, model: Model, runs: Iterable[tuple[Draws, Trace]], *, dated: bool
    ) -> None:
        """Note what a case has made use of; a situation counts once a case."""
        self.cases += 1
        self.keys |= used_keys(scenario)
        found: set[str] = {"forecast" if dated else "comparison"}
        for draws, trace in runs:
            found |= situations(model, draws, trace)
        self.counts.update(found)


def used_keys(scenario: Scenario) -> set[tuple[str, str]]:
    """Keys and words that a scenario has written, as `schema_keys` and `schema_words` name them."""
    blocks: list[tuple[str, BaseModel]] = [("", scenario)]
    blocks += [(type(block).__name__, block) for loc, block in blocks_in(scenario) if loc]
    blocks += [("Reform", reform) for reform in scenario.reforms.values()]
    if (form := scenario.ledger_format) is not None:
        blocks.append(("LedgerFormat", form))
        rules = [
            rule for spec in form.columns.values() for rule in (spec if isinstance(spec, tuple) else (spec,))
        ]
        blocks += [("ColumnRule", rule) for rule in rules if isinstance(rule, ColumnRule)]
    found = set()
    for name, block in blocks:
        for field in block.model_fields_set & type(block).model_fields.keys():
            key, value = type(block).model_fields[field].alias or field, getattr(block, field)
            found.add((name, key))
            words = value if isinstance(value, tuple) else (value,)
            found |= {(name, f"{key}: {word}") for word in words if isinstance(word, str)}
    return found


def situations(model: Model, draws: Draws, trace: Trace) -> set[str]:
    """Names of all that happened in one replication."""
    found = {OUTCOMES[code] for code in np.unique(trace.outcome)}
    case = case_table(model)[trace.project, trace.activity]
    found |= {KINDS[kind] for kind in np.unique(model.cases.kind)}
    found |= {STATES[state] for state in np.unique(draws.state)}
    resource = model.cases.resource[case]
    asked = model.resources.kind[resource[(resource >= 0) & (trace.served < NEVER)]]
    found |= {RESOURCE_KINDS[kind] for kind in np.unique(asked)}
    happened = {
        **_ties(model, trace, resource), **_luck(model, draws, trace, case), **_orders(model, draws, trace)
    }  # fmt: skip
    return found | {name for name, there in happened.items() if bool(there)}


def _ties(model: Model, trace: Trace, resource: Any) -> dict[str, Any]:
    """Things of one minute."""
    kinds = np.append(model.resources.kind, -1)[resource]
    served = trace.served < NEVER
    waited = served & (trace.served > trace.joined)
    opening = served & (kinds == OFFICE) & np.isin(trace.served, _openings(model))
    heard = served & (kinds == MEETING)
    sessions = model.events.time[model.events.kind == SESSION]
    passed = np.searchsorted(sessions, trace.served) > np.searchsorted(sessions, trace.joined)
    ended = trace.ended[(trace.outcome != WITHDRAWN) & (trace.ended < NEVER)]
    asked = (resource >= 0) & (trace.joined < NEVER)
    joins = list(zip(resource[asked].tolist(), trace.joined[asked].tolist(), strict=True))
    given = set(zip(resource[served].tolist(), trace.served[served].tolist(), strict=True))
    left = asked & (trace.outcome == WITHDRAWN) & ~served
    gone = zip(resource[left].tolist(), trace.withdrawn[trace.project[left]].tolist(), strict=True)
    return {
        "meeting on the minute an office opens": np.isin(trace.served[heard], _openings(model)).any(),
        "both serve on that minute": np.isin(trace.served[heard], trace.served[opening]).any(),
        "withdrawal on the minute of service": not given.isdisjoint(gone),
        "withdrawal on the minute of an end": np.isin(
            trace.withdrawn[trace.withdrawn_cause == 1], ended
        ).any(),
        "exhausted quota": (waited & (kinds == QUOTA)).any(),
        "full session": (heard & waited & passed).any(),
        "zero length": (served & (trace.ended == trace.served)).any(),
        "two joined in one minute": len(joins) > len(set(joins)),
    }


def _orders(model: Model, draws: Draws, trace: Trace) -> dict[str, Any]:
    """What reviews ordered, and what came of it."""
    found = [orders for _, orders in replayed(model, draws, trace)]
    dates = [t for review in model.reviews for t in review.time.tolist()]
    stopped = model.reviews and bool(len(trace.stop_started))
    return {
        "work under orders": (work_factors(model, draws, trace) < SAME).any(),
        "rung under orders": stopped and any((orders.rungs < SAME).any() for orders in found),
        "put in front": any(orders.front.any() for orders in found),
        "turned away": (draws.active & ~entered(model, draws, trace)).any(),
        "review on the minute of a join": np.isin(trace.joined, dates).any(),
    }


def _openings(model: Model) -> Any:
    """Minutes in which some office opens."""
    clocks = set(model.resources.clock[model.resources.kind == OFFICE].flat) - {-1}
    return np.concatenate([np.zeros(0), *(model.clocks[c].opens for c in clocks)])


def _luck(model: Model, draws: Draws, trace: Trace, case: Any) -> dict[str, Any]:
    """Things that depend on what was drawn, and on what was known."""
    return {
        "project under way": np.isin(draws.state, (APPLICANT, QUEUED, SERVICE)).any(),
        "inferred": (model.known.state == INFERRED).any(),
        "rerun": (trace.visit >= draws.rounds[case]).any(),
        "stop": len(trace.stop_started),
        "stop not solved at once": (trace.stop_rung > 0).any(),
        "refused leaves": (trace.withdrawn_cause == 2).any(),
        "patience ends": (trace.withdrawn_cause == 1).any(),
        "second regime": (np.searchsorted(model.regime_start, trace.joined, side="right") > 1).any(),
        "shock": (draws.lane > 0).any(),
        "arrival": (draws.active & (model.signed == NEVER)).any(),
        "common factor": (draws.factor != 1000).any(),
    }
