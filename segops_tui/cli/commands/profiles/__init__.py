"""`profiles` and `whoami`."""
