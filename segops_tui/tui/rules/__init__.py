"""The rule editor and what it shows."""
