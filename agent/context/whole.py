"""A whole repository as documents, for a model that can hold it: every text file that may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.context.lookup import shown_files, text_of_file
from agent.core.fence import fenced

MAX_CHARACTERS = 2_000_000  # beyond what fits any model's context: reading stops there


@dataclass(frozen=True, slots=True)
class Whole:
    """The documents of a repository; not `complete` when there is more than anybody could be sent."""

    documents: tuple[str, ...]
    complete: bool = True

    @property
    def text(self) -> str:
        return "\n".join(self.documents)


def whole_repository(tree: Path, denied: Sequence[str] = ()) -> Whole:
    """The text files of a tree as `<document id="1" title="path">`: no hidden ones, and none with secrets."""
    documents: list[str] = []
    left = MAX_CHARACTERS
    for path in shown_files(tree, denied):
        text = text_of_file(tree / path)
        left -= len(text)
        if left < 0:
            return Whole(tuple(documents), complete=False)
        if text:
            documents.append(fenced("document", text.removesuffix("\n"), id=len(documents) + 1, title=path))
    return Whole(tuple(documents))
