"""The App, the main screen, and what is around the panes."""
