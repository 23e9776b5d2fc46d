"""`pages`."""
