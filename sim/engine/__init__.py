"""The order of events: one rule, two engines; no luck."""
