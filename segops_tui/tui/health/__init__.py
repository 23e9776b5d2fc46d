"""The Health pane: what is wrong in the workspace, and the way to mend it."""
