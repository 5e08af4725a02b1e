"""Planted bugs: one changed line in a real library, and what the tests and regreen make of it."""
