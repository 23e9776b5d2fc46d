"""A workspace as files: documents, the plan that compares them with a server, and its job."""
