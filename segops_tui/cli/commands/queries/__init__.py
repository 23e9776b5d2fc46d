"""`queries` and `competitors`."""
