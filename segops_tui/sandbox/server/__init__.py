"""The sandbox over HTTP, with fault injection."""
