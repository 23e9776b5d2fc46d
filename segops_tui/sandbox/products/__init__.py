"""The product catalogue in the sandbox: CRUD, search, CSV imports, scores."""
