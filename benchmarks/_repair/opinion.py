"""Whether a patch is right: the same program as before the bug, or one that behaves like it on inputs of our own."""

from pathlib import Path

from benchmarks._repair.probe import Probe
from benchmarks._repair.trees import differing, patched_texts
from benchmarks._repair.values import NO_PATCH, SAME_TREE, UNDECIDED, Opinion


def opinion_of(probe: Probe, buggy: Path, path: str, patch: str) -> Opinion:
    """The opinion on a patch of the buggy tree; `path` is the file with the bug, the probe knows the true tree."""
    if not patch:
        return Opinion(NO_PATCH)
    try:
        pairs = differing(probe.library.root, buggy, path, patched_texts(buggy, patch))
    except ValueError as error:
        return Opinion(UNDECIDED, f"the patch does not apply: {error}")
    return probe.opinion(pairs) if pairs else Opinion(SAME_TREE)
