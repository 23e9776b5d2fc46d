"""The version, and nothing else: the build reads it as text and `--version` as a module."""

__version__ = "0.1.0"
