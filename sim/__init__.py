"""The simulation: scenario, model, engines, measures, experiments."""
