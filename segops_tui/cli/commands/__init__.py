"""One module per noun; imported only when its command runs."""
