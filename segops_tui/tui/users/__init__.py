"""The Users pane."""
