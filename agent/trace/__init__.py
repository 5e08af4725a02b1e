"""The record of a run: one append-only journal that resuming, replaying and reporting all read."""
