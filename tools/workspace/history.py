"""What a file was before the last commits that changed it."""

from __future__ import annotations

from dataclasses import dataclass

from tools.workspace.blobs import read_blobs
from tools.workspace.git import GitError, Repository

ID_CHARS = 10


@dataclass(frozen=True, slots=True)
class Past:
    """A file before `commit` (an abbreviated id), whose message begins with `subject`."""

    commit: str
    subject: str
    data: bytes


def past_of(repository: Repository, path: str, now: bytes, most: int) -> list[Past]:
    """The file before each of the last `most` commits that changed it, the latest first.

    None when it is not `now` what the last of them made of it: what is not committed yet is its author's, unfinished.
    """
    if repository.head is None:
        return []
    asked = ["log", "--no-merges", f"--max-count={most}", "--raw", "--no-abbrev", "--no-renames", "--format=%H%x00%s"]
    try:
        said = repository.git([*asked, "HEAD", "--", f":(top,literal){path}"]).decode(errors="replace")
        lines = [line for line in said.splitlines() if line]
        rows = [(*mark.split("\0", 1), *raw.split()[2:4]) for mark, raw in zip(lines[::2], lines[1::2], strict=True)]
        contents = read_blobs(repository, {blob for row in rows for blob in row[2:] if blob.strip("0")})
    except (GitError, ValueError):
        return []  # a history that cannot be read has nothing to say
    if not rows or contents.get(rows[0][3]) != now:
        return []
    return [Past(commit[:ID_CHARS], subject, contents[old]) for commit, subject, old, _ in rows if old in contents]
