"""The Analytics pane."""
