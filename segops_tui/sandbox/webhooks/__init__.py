"""Webhooks in the sandbox."""
