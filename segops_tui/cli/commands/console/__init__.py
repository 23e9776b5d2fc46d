"""`demo` and `open`: the commands that start the console."""
