"""What every command stands on: context, options, output, errors, live tables."""
