"""The command line: one file a command, `compose` picks the concrete classes, `app` turns errors into exit codes."""

from agent.cli.app import main

__all__ = ["main"]
