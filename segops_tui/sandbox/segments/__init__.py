"""Segments and product segments in the sandbox."""
