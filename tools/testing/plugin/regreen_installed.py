"""Run by the target's interpreter: every distribution that it can import, with its modules, as one JSON list."""

import json
import sys


def checkout_of(distribution):
    """The folder an editable install leads to; "" for any other."""
    try:
        said = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return ""
    is_editable = isinstance(said.get("dir_info"), dict) and said["dir_info"].get("editable")
    url = str(said.get("url", ""))
    return url[len("file://") :] if is_editable and url.startswith("file://") else ""


def row_of(distribution):
    files = [str(path) for path in distribution.files or [] if str(path).endswith((".py", ".pyc", ".so"))]
    return {
        "name": distribution.metadata["Name"] or "",
        "version": distribution.version or "",
        "place": str(distribution.locate_file("")),
        "checkout": checkout_of(distribution),
        "modules": files,
        "is_plugin": any(point.group == "pytest11" for point in distribution.entry_points),
    }


def modules_of_pytest():
    """Top-level modules that pytest itself is made of."""
    try:
        import pytest  # noqa: F401
    except ImportError:
        return []
    return sorted({name.partition(".")[0] for name in sys.modules})


def main():
    from importlib.metadata import distributions

    rows = [row_of(distribution) for distribution in distributions()]
    print(json.dumps({"distributions": rows, "of_pytest": modules_of_pytest()}))


if __name__ == "__main__":
    main()
