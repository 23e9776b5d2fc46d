"""The version: what the build noted, or in sources that were never built the last release."""

try:
    from segops_tui._build import version
except ModuleNotFoundError:
    version = "0.1.0"

__version__ = version
