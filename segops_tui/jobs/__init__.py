"""What takes long: plans, their drivers, and the ledger that survives a kill."""
