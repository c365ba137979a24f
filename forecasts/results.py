"""What every result carries: provenance, labels, what it rests on; and tidy numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasts.said import said
from forecasts.words import Language
from sim.provenance import versions

if TYPE_CHECKING:
    from forecasts.inputs import Inputs
    from sim.model.arrays import Model
    from sim.scenario import Scenario
    from sim.spec import Label


def common_parts(
    inputs: Inputs,
    models: Sequence[Model],
    scenarios: Sequence[Scenario],
    seed: int,
    replications: int,
    *,
    fixed: bool,
) -> dict[str, Any]:
    """Return the keys that every result has.

    Parameters
    ----------
    inputs : Inputs
    models : sequence of Model
        One an option; the first is the baseline or the only one.
    scenarios : sequence of Scenario
        The options' scenarios: assumed and calibrated parameters of any of them are listed.
    seed, replications : int
    fixed : bool
        Central parameter values were used.
    """
    scenario = inputs.scenario
    statuses: dict[str, set[str]] = {"assumed": set(), "calibrated": set()}
    for each in scenarios:
        for parameter in each.parameters():
            if parameter.status in statuses:
                statuses[parameter.status].add(parameter.name)
    return {
        "scenario": scenario.name,
        "title": title_of(scenario),
        "replications": replications,
        "seed": seed,
        "interval_covers": "chance" if fixed else "chance+assumptions",
        "synthetic": inputs.synthetic,
        "assumed": sorted(statuses["assumed"]),
        "calibrated": sorted(statuses["calibrated"]),
        "projected_years": sorted({year for model in models for year in model.projected_years}),
        "ledger_warnings": [str(w) for w in inputs.ledger.warnings[:20]],
        "ledger_warnings_zh": [
            said(w, "zh", plain_labels(inputs, "zh")) for w in inputs.ledger.warnings[:20]
        ],
        "ledger_counts": dict(inputs.ledger.counts),
        "bad_rows_skipped": inputs.ledger.counts.get("rows skipped", 0),
        "labels": labels_of(scenario),
        "provenance": {
            **{f"{name} sha": value[:16] for name, value in inputs.hashes.items()},
            **{f"model {i} sha": model.content_hash[:16] for i, model in enumerate(models)},
            **versions(),
        },
    }


def titles(title: Label | None, name: str) -> dict[str, str]:
    """Return a title in English and Chinese, the name where there is none."""
    en = (title.en if title else None) or name
    return {"en": en, "zh": (title.zh if title else None) or en}


def title_of(scenario: Scenario) -> dict[str, str]:
    """Return the scenario's title in English and Chinese, its name where it has none."""
    return titles(scenario.title, scenario.name)


def labels_of(scenario: Scenario) -> dict[str, dict[str, dict[str, str]]]:
    """Return the Chinese and English labels of milestones, activities and values of attributes."""
    milestones = {
        m.name: {"en": m.en or m.name.replace("_", " "), "zh": m.zh or m.name} for m in scenario.milestones
    }
    activities = {
        name: {"en": a.label.en or name, "zh": a.label.zh or a.label.en or name}
        for name, a in scenario.activities.items()
        if a.label is not None
    }
    if scenario.consolidation is not None:
        for name, merge in scenario.consolidation.merge.items():
            if merge.label is not None:
                activities[name] = {"en": merge.label.en, "zh": merge.label.zh}
    derived = {
        "convert": ("conversion", "转正式"),
        "papers": ("missing papers", "补交材料"),
        "promise": ("check of the promise", "承诺核查"),
        "first": ("first part", "先行部分"),
        "lapse": ("term of the permit", "有效期核查"),
    }
    for name, label in list(activities.items()):
        for suffix, (en, zh) in derived.items():
            activities[f"{name}.{suffix}"] = {"en": f"{label['en']}: {en}", "zh": f"{label['zh']}({zh})"}
    activities["history"] = {"en": "before the as-of date", "zh": "截止日前"}
    options = {name: titles(reform.title, name) for name, reform in scenario.reforms.items()}
    phases = {
        f"{a}_to_{b}": {
            "en": f"{milestones[a]['en']} to {milestones[b]['en']}",
            "zh": f"{milestones[a]['zh']}至{milestones[b]['zh']}",
        }
        for a, b in pairwise(milestones)
    }
    found = {"milestones": milestones, "activities": activities, "options": options, "phases": phases}
    values = {
        attribute: {value: {"en": label.en, "zh": label.zh} for value, label in named.items()}
        for attribute, named in scenario.labels.items()
    }
    units = values.get(scenario.units, {})
    return values | found | {"indicators": _indicators_of(scenario), "unit": units}


def _indicators_of(scenario: Scenario) -> dict[str, dict[str, str]]:
    """Return the labels of the ranking's indicators."""
    named = scenario.ranking.indicators if scenario.ranking is not None else {}
    return {name: titles(indicator.label, name.replace("_", " ")) for name, indicator in named.items()}


def plain_labels(inputs: Inputs, lang: Language) -> dict[str, str]:
    """Return the scenario's names of milestones and activities in one language."""
    labels = labels_of(inputs.scenario)
    return {name: text[lang] for kind in ("milestones", "activities") for name, text in labels[kind].items()}


def rounded(value: Any) -> Any:
    """Return a result in JSON's types: floats to 6 places, NaN and infinities as None.

    Examples
    --------
    >>> rounded({"a": np.float64(1 / 3), "b": [float("nan"), np.int64(2)]})
    {'a': 0.333333, 'b': [None, 2]}
    """
    if isinstance(value, Mapping):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        number = float(value)
        return round(number, 6) if math.isfinite(number) else None
    return value
