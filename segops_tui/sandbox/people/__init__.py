"""Users, events and identity in the sandbox."""
