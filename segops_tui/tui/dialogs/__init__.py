"""Dialogs: confirm, choose, form, path."""
