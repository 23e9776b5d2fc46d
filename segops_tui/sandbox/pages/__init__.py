"""Landing pages in the sandbox."""
