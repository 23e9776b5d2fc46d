"""Long-running work: a plan for each kind of job, the engine that runs them, and the ledger."""
