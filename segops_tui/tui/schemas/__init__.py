"""The Schemas pane."""
