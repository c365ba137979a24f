"""Per-project forecasts from what the ledger said at earlier cut-offs: will the planned date be kept?"""

from forecasts.landmark.model import FEWEST, Landmark, fit_landmark
from forecasts.landmark.panel import Panel, Rows

__all__ = ["FEWEST", "Landmark", "Panel", "Rows", "fit_landmark"]
