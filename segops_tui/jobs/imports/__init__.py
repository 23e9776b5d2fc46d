"""CSV imports: check, mapping, diff, upload and report."""
