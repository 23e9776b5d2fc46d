"""Sending calls: the two clients, their transports and their guard."""
