"""The resources of the API, one module per noun: its records and its endpoints."""
