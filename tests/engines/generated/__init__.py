"""Scenario files over the whole schema, drawn by Hypothesis, and both engines on each of them."""
