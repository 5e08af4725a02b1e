"""Finds where hunks belong in a file: by rules from exact to a costed alignment, by evidence where several fit."""
