"""Profiles, secrets, paths and the config file."""
