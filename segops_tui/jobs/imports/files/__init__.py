"""Files of rows: how they are opened, unpacked, decoded and split into records."""
