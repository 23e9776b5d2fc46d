"""What every room of the sandbox stands on: calls, routes, the store, paging, queued work."""
