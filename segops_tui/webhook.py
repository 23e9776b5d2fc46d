"""Verify the signature of a delivered webhook, under the vendor's module name."""

from segops_tui.api.webhook import verify_webhook

__all__ = ["verify_webhook"]
