"""What reporting delay costs and the nowcast gets back: synthetic delays of the measured shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from benchmarks.forecasts import reporting
from benchmarks.forecasts.data import data_folder
from benchmarks.rows import Row
from forecasts.history import history_of
from forecasts.months import month_of
from forecasts.scores import crps, interval, is_inside
from forecasts.vintages import reporting_delay

#: Least share of the loss recovered; starts are judged by bias and coverage.
LEAST: Final = {"grants": 95.0, "completions": 80.0}
PATHS: Final = 200


def benchmark() -> Iterator[Row]:
    """Yield share recovered, bias and coverage of every measure; origins of choices and later ones apart."""
    extracts = reporting.extracts_of(data_folder())
    delays = reporting_delay(extracts[-1][1], extracts[-1][0], extracts=extracts)
    final = history_of(extracts[-1][1], month_of(extracts[-1][0]))
    late = reporting.delayed(final, reporting.shapes(delays, slow=False), 1)
    origins = range(reporting.FIRST, reporting.LAST + 1, 3)
    said = [one for origin in origins for one in reporting.said_at(origin, final, late, PATHS)]
    for words, part in (
        ("all origins", said),
        ("to 2014-12", [one for one in said if one.origin <= reporting.CHOSEN_TO]),
        ("later", [one for one in said if one.origin > reporting.CHOSEN_TO]),
    ):
        for measure in reporting.MEASURES:
            yield from _rows(measure, [one for one in part if one.measure == measure], words)


def _rows(measure: str, said: Sequence[reporting.Said], words: str) -> Iterator[Row]:
    loss = {}
    for way in reporting.WAYS:
        mine = [one for one in said if one.way == way]
        came = np.array([one.came for one in mine])
        samples = np.stack([one.samples for one in mine], axis=1)
        loss[way] = float(crps(samples, came).mean())
    low, high = interval(samples, 0.8)
    bias = 100 * float((samples.mean(axis=0) - came).mean() / came.mean())
    held = float(is_inside(low, came, high).mean())
    share = 100 * (loss["naive"] - loss["corrected"]) / (loss["naive"] - loss["oracle"])
    judged = words == "all origins"
    text = f"{words}: CRPS {loss['naive']:.1f} -> {loss['corrected']:.1f} (no delay {loss['oracle']:.1f})"
    yield Row(
        "delay", f"{measure}: loss recovered", share, "%",
        at_least=LEAST.get(measure) if judged else None, source=f"{text}; 80 % holds {held:.0%}",
    )  # fmt: skip
    most = 5.0 if judged and measure == "starts" else None
    yield Row(
        "delay", f"{measure}: bias, size", abs(bias), "%", at_most=most, source=f"{words}: {bias:+.1f} %"
    )
