"""The Pages pane."""
