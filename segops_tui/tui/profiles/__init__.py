"""The profile switcher and its form."""
