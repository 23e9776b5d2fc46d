"""Event schemas in the sandbox."""
