"""Experiments: a pilot run, replications on some cores, and what is kept of them."""

from sim.experiment.bench import Bench, Setup, simulate
from sim.experiment.one import COLLECTED, Collect, engine_named
from sim.experiment.outcome import Outcome
from sim.experiment.pilot import pilot
from sim.experiment.replicate import Progress, Where, replicate, replicate_until
from sim.experiment.scratch import let_go
from sim.experiment.tables import event_log, milestone_table, milestone_tables
from sim.experiment.waits import WaitBlock, Waits

__all__ = [
    "COLLECTED",
    "Bench",
    "Collect",
    "Outcome",
    "Progress",
    "Setup",
    "WaitBlock",
    "Waits",
    "Where",
    "engine_named",
    "event_log",
    "let_go",
    "milestone_table",
    "milestone_tables",
    "pilot",
    "replicate",
    "replicate_until",
    "simulate",
]
