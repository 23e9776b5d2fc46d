"""`segments` and `product-segments`."""
