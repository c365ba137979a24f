"""Experiments: a pilot run, replications on some cores, and what is kept of them."""

from sim.experiment.bench import Bench, Setup, simulate
from sim.experiment.one import COLLECTED, Collect
from sim.experiment.outcome import Outcome
from sim.experiment.pilot import pilot
from sim.experiment.precision import BUDGET, FIRST_LOOK, LEVEL, Headline, Look, until_precise
from sim.experiment.replicate import Progress, Where, replicate
from sim.experiment.scratch import Stack, blocks_of, let_go
from sim.experiment.tables import event_log, event_logs, milestone_table, milestone_tables
from sim.experiment.waits import WaitBlock, Waits

__all__ = [
    "BUDGET",
    "COLLECTED",
    "FIRST_LOOK",
    "LEVEL",
    "Bench",
    "Collect",
    "Headline",
    "Look",
    "Outcome",
    "Progress",
    "Setup",
    "Stack",
    "WaitBlock",
    "Waits",
    "Where",
    "blocks_of",
    "event_log",
    "event_logs",
    "let_go",
    "milestone_table",
    "milestone_tables",
    "pilot",
    "replicate",
    "simulate",
    "until_precise",
]
