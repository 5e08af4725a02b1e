"""Telling people how a run went."""
