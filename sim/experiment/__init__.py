"""Experiments: a pilot run, replications on some cores, and what is kept of them."""

from sim.experiment.one import COLLECTED, Collect, engine_named, simulate
from sim.experiment.outcome import Outcome
from sim.experiment.pilot import pilot
from sim.experiment.replicate import Progress, replicate, replicate_until
from sim.experiment.tables import event_log, milestone_table

__all__ = [
    "COLLECTED",
    "Collect",
    "Outcome",
    "Progress",
    "engine_named",
    "event_log",
    "milestone_table",
    "pilot",
    "replicate",
    "replicate_until",
    "simulate",
]
