"""Pane, its list, its detail, and what every pane can do."""
