"""The OpenAPI description that the sandbox publishes of itself."""
