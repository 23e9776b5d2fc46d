"""One module or folder per noun; imported only when its command runs."""
