"""The development benchmark of forecasts, on real ledgers in ``$KAIGONG_DATA``."""
