"""How each noun looks to a person; shared by the commands and the console."""
