"""What every kind of job shares: jobs, plans, the runners, progress and the ledger."""
