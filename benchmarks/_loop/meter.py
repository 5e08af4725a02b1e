"""Run the entry point of a program, and leave what its process used; stdlib only, for any interpreter.

    python meter.py used.json package.module:function arguments…

The file gets `own` and `children` (CPU seconds) and `peak_mb` (the largest resident size of the process itself).
"""

import atexit
import importlib
import json
import resource
import sys
from pathlib import Path

OUT, ENTRY = sys.argv[1:3]
sys.argv = [ENTRY, *sys.argv[3:]]
sys.path.pop(0)  # this folder


def leave() -> None:
    """Write what was used by now."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    used = {"own": own.ru_utime + own.ru_stime, "children": children.ru_utime + children.ru_stime}
    Path(OUT).write_text(json.dumps({**used, "peak_mb": own.ru_maxrss / 1024}))


atexit.register(leave)
module, _, function = ENTRY.partition(":")
sys.exit(getattr(importlib.import_module(module), function)())
