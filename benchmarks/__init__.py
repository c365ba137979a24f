"""Ratios of speed, measured in one run with fresh draws: ``python -m benchmarks``."""
