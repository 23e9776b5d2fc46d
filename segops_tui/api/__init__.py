"""The API as values: requests, records, errors and the rule language. No I/O, no clock."""
