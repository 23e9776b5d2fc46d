"""Where settings and secrets live."""
