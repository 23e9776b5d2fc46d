"""`webhooks`."""
