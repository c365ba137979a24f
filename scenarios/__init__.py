"""The shipped scenarios: data files, found through ``importlib.resources``."""
