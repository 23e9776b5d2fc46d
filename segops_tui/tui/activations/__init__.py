"""The Activations pane."""
