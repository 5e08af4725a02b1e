"""Whether a patch is right: the same program as before the bug, or one that behaves like it on inputs of our own."""

from pathlib import Path

from benchmarks._repair.probe import Probe
from benchmarks._repair.trees import Texts, differing, patched_texts
from benchmarks._repair.values import NO_PATCH, SAME_TREE, UNDECIDED, Opinion


def opinion_of(probe: Probe, buggy: Path, path: str, patch: str) -> Opinion:
    """The opinion on a patch of the buggy tree; `path` is the file with the bug, the probe knows the true tree."""
    if not patch:
        return Opinion(NO_PATCH)
    try:
        texts = patched_texts(buggy, patch)
    except ValueError as error:
        return Opinion(UNDECIDED, f"the patch does not apply: {error}")
    return opinion_of_texts(probe, buggy, path, texts)


def opinion_of_texts(probe: Probe, buggy: Path, path: str, texts: Texts, *, run: bool = True) -> Opinion:
    """The opinion on files that take the place of the buggy tree's; without `run` behaviour is not compared."""
    pairs = differing(probe.library.root, buggy, path, texts)
    if not pairs:
        return Opinion(SAME_TREE)
    bug = {path: (buggy / path).read_bytes()}
    return probe.opinion(pairs, bug) if run else Opinion(UNDECIDED, "behaviour was not compared")
