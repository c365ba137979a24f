"""Per-project forecasts from what the ledger said at earlier cut-offs: will a planned date be kept."""

from forecasts.landmark.early import Chance, Record, record_of
from forecasts.landmark.model import FEWEST, Landmark, fit_landmark
from forecasts.landmark.panel import Panel, Rows

__all__ = ["FEWEST", "Chance", "Landmark", "Panel", "Record", "Rows", "fit_landmark", "record_of"]
