"""Forecasts, reports and the command, on top of the simulation."""
