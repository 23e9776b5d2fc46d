"""The parts of the shop a new sandbox is filled with."""
