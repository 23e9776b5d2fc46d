"""One module per noun, mirroring the API's resources."""
