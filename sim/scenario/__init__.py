"""Scenarios: everything the model needs except the ledger."""

from sim.scenario.files import shipped_names, shipped_root
from sim.scenario.read import Scenario, load_scenario

__all__ = ["Scenario", "load_scenario", "shipped_names", "shipped_root"]
