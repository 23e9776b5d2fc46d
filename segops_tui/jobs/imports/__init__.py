"""CSV imports: check, mapping, diff, upload, report."""
