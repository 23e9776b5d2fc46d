"""Plots drawn with characters."""
