"""The annual plan: its targets, reading them, writing them back."""

from sim.plan.read import plan_of_bytes, read_plan
from sim.plan.targets import MEASURES, Plan, Scope, Target, write_plan

__all__ = ["MEASURES", "Plan", "Scope", "Target", "plan_of_bytes", "read_plan", "write_plan"]
