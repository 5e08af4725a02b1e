"""Where the installed command starts: makes `agent`, `tools` and `prompts` mean ours in any current directory.

The wheel installs this file as `regreen/__init__.py`, beside the private folder `_house` with our three packages.
"""

# Nothing but modules that every interpreter has loaded by now: any other import could still find a stranger's file.
import os
import site
import sys


def main() -> int:
    """Run the command line and return its exit code."""
    enter()
    if sys.argv[1:] == ["--version"]:
        from agent import __version__

        print("regreen", __version__)
        return 0
    try:
        from agent.cli import main as command_line

        return command_line()
    except KeyboardInterrupt:  # during the imports; from then on the command line says it itself
        return 130


def enter() -> None:
    """Put our packages first on `sys.path` and take the current directory and PYTHONPATH off it."""
    ours = _house()
    strangers = [os.curdir, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    keep = [os.path.dirname(os.__file__), os.path.dirname(os.path.dirname(__file__)), *_site_packages()]
    sys.path[:] = [ours, *without(sys.path, strangers=[ours, *strangers], keep=keep)]


def without(path: list[str], *, strangers: list[str], keep: list[str]) -> list[str]:
    """Return the entries of path that name no folder of strangers; those of keep stay in any case."""
    dropped = {_resolved(entry) for entry in strangers} - {_resolved(entry) for entry in keep}
    return [entry for entry in path if _resolved(entry) not in dropped]


def _house() -> str:
    own = os.path.dirname(os.path.abspath(__file__))
    packed = os.path.join(own, "_house")
    if os.path.isdir(packed):
        return packed
    # An editable install has no copy of the packages, only this line with the path of the source tree.
    with open(os.path.join(os.path.dirname(own), "_regreen.pth"), encoding="utf-8") as pointer:
        return pointer.readline().strip()


def _site_packages() -> list[str]:
    return [*site.getsitepackages(), site.getusersitepackages()]


def _resolved(entry: str) -> str:
    try:
        return os.path.realpath(entry)
    except FileNotFoundError:  # the current directory itself was deleted
        return entry
