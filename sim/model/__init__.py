"""The model room: from a scenario and a ledger to read-only arrays."""
