"""Analytics in the sandbox."""
