"""Keyed draws through laws: one replication's luck before any engine runs."""

from sim.sampling.draws import Draws
from sim.sampling.sampler import Sampler, sample

__all__ = ["Draws", "Sampler", "sample"]
