"""`help` and `explain`: what the program and its nouns are."""
