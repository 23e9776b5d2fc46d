"""The Competitors pane."""
