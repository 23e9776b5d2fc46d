"""The Segments and Product segments panes."""
