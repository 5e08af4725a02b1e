"""Lies in a sandbox over modules that are hidden there."""

raise ModuleNotFoundError(f"{__name__} is hidden here", name=__name__)
