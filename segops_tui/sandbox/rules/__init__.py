"""Segment definitions compiled to SQL."""
