"""Backtest: forecasts from past origins, made with what was known then, scored with what came after."""
