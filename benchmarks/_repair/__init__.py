"""Bugs given to the repair engine through the real command, and a second opinion on what it makes of them."""
