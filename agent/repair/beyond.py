"""What no edit of the code mends: a network that is not there, a file that is missing, code that a program writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agent.core.task import Suspect
from tools.testing.results import Failure

NO_TARGETS = "the embedded engine works from failing tests and there is none; an issue text alone needs a model"
NO_SUSPECTS = "the failing tests run no product code, so there is nothing to repair"

_NO_NETWORK = re.compile(
    r"\bgaierror\b|[Nn]ame resolution|Name or service not known|nodename nor servname|getaddrinfo failed|"
    r"No address associated with hostname|Network is unreachable|No route to host"
)
_NO_FILE = re.compile(r"No such file or directory: (?P<name>'[^'\n]+'|\"[^\"\n]+\")")
_GENERATED = re.compile(
    r"@generated\b|\bauto(?:matically|-)?\s?generated\b|\bgenerated (?:by|from|automatically|code)\b|"
    r"\bdo not (?:edit|modify)\b",
    re.IGNORECASE,
)


def unsearched(targets: Sequence[str], failures: Sequence[Failure], suspects: Sequence[Suspect]) -> str:
    """Why no edit is looked for, as a sentence; "" where one is. `failures` are those of the targets."""
    if not targets:
        return NO_TARGETS
    unloaded = next((one for one in failures if one.phase == "collect" and "::" not in one.node_id), None)
    if unloaded is not None:
        why = f"{unloaded.node_id} fails to import: {unloaded.exception}: {_first_line(unloaded.message)}"
        return f"the embedded engine needs tests that can be loaded; {why}"
    if unreached := without_network(failures):
        return f"no edit mends what is not there: {unreached}"
    return "" if suspects else NO_SUSPECTS


def without_network(failures: Iterable[Failure]) -> str:
    """A sentence on the first test that fails because it reaches for a network; "" where none does.

    What makes it pass without one takes out what it is there for.
    """
    for failure in failures:
        said = next((text for text in _said(failure) if _NO_NETWORK.search(text)), "")
        if said:
            return f"{failure.node_id} needs a network, and none is reached: {_first_line(said)}"
    return ""


def without_file(failures: Iterable[Failure]) -> str:
    """A sentence on the first test that fails for want of a file; "" where none does. Its name may be the fault."""
    for failure in failures:
        found = next(filter(None, map(_NO_FILE.search, _said(failure))), None)
        if found:
            return f"{failure.node_id} fails for want of a file, {found['name']}"
    return ""


def is_generated(text: str) -> bool:
    """Whether the comments a module begins with say that a program wrote it, and would again."""
    for line in text.removeprefix("\ufeff").splitlines():
        if line.strip() and not line.startswith("#"):
            return False
        if _GENERATED.search(line):
            return True
    return False


def _said(failure: Failure) -> list[str]:
    return [f"{failure.exception}: {failure.message}", *failure.chain]


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
