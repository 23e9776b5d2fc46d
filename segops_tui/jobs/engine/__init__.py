"""Jobs, their plans, the runner and the ledger."""
