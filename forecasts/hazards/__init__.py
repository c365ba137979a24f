"""Hazards of stages: period life tables with competing exits, common shocks, all projects run forward."""
