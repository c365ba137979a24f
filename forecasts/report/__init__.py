"""Self-contained HTML reports, in Chinese and in English."""

from forecasts.report.page import write_report

__all__ = ["write_report"]
