"""How catalogues are written: prices, cells and column names, for the client and the sandbox."""
