"""Running the target's tests and reading what they say as data."""
