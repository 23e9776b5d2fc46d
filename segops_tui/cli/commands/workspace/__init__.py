"""`pull`, `diff` and `apply`, and `copy`: objects of one workspace in another."""
