"""The head of regreen: takes a task, drives a proposer and judges the patch."""

__version__ = "0.1.0"
