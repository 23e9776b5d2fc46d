"""One module per place; a screen composes and handles."""
