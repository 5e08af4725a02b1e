"""Attempts of a test to get out of its sandbox, and how they are judged from outside."""
