"""Run by the target's interpreter: where it lives, what it can import and from where, as one JSON object."""

import json
import os
import sys


def editable_roots():
    """Folders that editable-install finders map packages to (their parents are the import roots)."""
    found = []
    for finder in sys.meta_path:
        module = sys.modules.get(getattr(finder, "__module__", ""), None)
        mapping = getattr(module, "MAPPING", None)
        if isinstance(mapping, dict):
            found.extend(os.path.dirname(str(path)) for path in mapping.values())
    return found


def versions(names):
    try:
        from importlib.metadata import PackageNotFoundError, version
    except ImportError:
        return {}
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def main():
    own = os.path.dirname(os.path.abspath(__file__))
    paths = [os.path.abspath(path) for path in sys.path if path and os.path.abspath(path) != own]
    plugins = ["pytest", "pytest-xdist", "pytest-cov", "pytest-randomly", "pytest-random-order", "pytest-timeout",
               "pytest-reverse", "pytest-repeat", "pytest-rerunfailures", "flaky", "pytest-retry"]  # fmt: skip
    print(
        json.dumps(
            {
                "executable": sys.executable,
                "version": sys.version.split()[0],
                "prefixes": sorted({sys.prefix, getattr(sys, "base_prefix", sys.prefix), sys.exec_prefix}),
                "path": paths + editable_roots(),
                "packages": versions(plugins),
            }
        )
    )


main()
