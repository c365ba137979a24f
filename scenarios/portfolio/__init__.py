"""Synthetic portfolios: projects that meet the published counts of a place, and no real project."""
