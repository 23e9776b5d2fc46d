"""Tracked queries, competitors and AI visibility in the sandbox."""
