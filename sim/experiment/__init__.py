"""Experiments: a pilot run, replications on some cores, and what is kept of them."""

from sim.experiment.one import COLLECTED, Collect, engine_named, on_reference, simulate
from sim.experiment.outcome import Outcome
from sim.experiment.pilot import pilot
from sim.experiment.precision import BUDGET, FIRST_LOOK, LEVEL, Headline, Look, until_precise
from sim.experiment.replicate import Progress, replicate
from sim.experiment.tables import event_log, milestone_table

__all__ = [
    "BUDGET",
    "COLLECTED",
    "FIRST_LOOK",
    "LEVEL",
    "Collect",
    "Headline",
    "Look",
    "Outcome",
    "Progress",
    "engine_named",
    "event_log",
    "milestone_table",
    "on_reference",
    "pilot",
    "replicate",
    "simulate",
    "until_precise",
]
