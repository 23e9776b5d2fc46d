"""How rows become output: which fields, which rows, in which order, through which program."""
