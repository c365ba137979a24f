"""Self-contained HTML reports, in Chinese and in English."""

from forecasts.report.page import figures_of, render, write_report

__all__ = ["figures_of", "render", "write_report"]
