"""The folder that a benchmark keeps what it finds in, so that a run goes on where another was cut off."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def kept_folder() -> Iterator[Path]:
    """The one that `REGREEN_BENCH_KEEP` names, made where it is missing; else a temporary one."""
    named = os.environ.get("REGREEN_BENCH_KEEP")
    if named:
        Path(named).mkdir(parents=True, exist_ok=True)
        yield Path(named).resolve()
        return
    with tempfile.TemporaryDirectory(prefix="regreen-kept-") as folder:
        yield Path(folder).resolve()
