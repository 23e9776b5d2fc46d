"""What the API is: values only. No I/O, no clock."""
