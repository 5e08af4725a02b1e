"""Errors a proposer can act on: a stable code, a message, and the next move."""


class ToolError(Exception):
    """A tool could not do what was asked; `hint` says the next move."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class PatchError(ToolError):
    """A patch was refused; `line` counts in the file at `path`, or in the patch text when `path` is empty."""

    def __init__(self, code: str, message: str, hint: str = "", path: str = "", line: int = 0) -> None:
        super().__init__(code, _readable(message), _readable(hint))
        self.path = path
        self.line = line


def why_not(error: OSError) -> str:
    """What the system says went wrong, and with which file where it says that."""
    return f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)


def _readable(text: str) -> str:
    """Bytes that are no characters, shown as such."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
