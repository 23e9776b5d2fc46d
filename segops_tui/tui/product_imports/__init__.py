"""CSV imports of products."""
