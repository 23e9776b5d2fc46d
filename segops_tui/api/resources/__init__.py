"""One module per noun: its records and its endpoints together."""
