"""Activations in the sandbox."""
