"""How good forecasts are on real ledgers: the development benchmark."""
