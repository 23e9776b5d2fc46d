"""The Products pane."""
