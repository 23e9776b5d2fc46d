"""The Webhooks pane."""
