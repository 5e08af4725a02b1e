"""Secrets: known by their shape or because the environment holds them, replaced in texts, kept out of reach."""
