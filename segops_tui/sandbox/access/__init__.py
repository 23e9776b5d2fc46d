"""The sandbox's log-in: tokens, API keys and sessions."""
