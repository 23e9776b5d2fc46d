"""The Queries pane."""
