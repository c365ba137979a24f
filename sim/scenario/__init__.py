"""Scenarios: everything the model needs except the ledger."""

from sim.scenario.files import shipped_names, shipped_root
from sim.scenario.head import Head, read_heads
from sim.scenario.read import Scenario, load_scenario

__all__ = ["Head", "Scenario", "load_scenario", "read_heads", "shipped_names", "shipped_root"]
