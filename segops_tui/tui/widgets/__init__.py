"""One widget per module; no widget knows a client."""
