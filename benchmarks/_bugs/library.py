"""Real libraries to plant bugs in: unpacked source distributions with their tests, beside an environment for them.

`REGREEN_BENCH_LIBS` names the folder; its `.venv` has pytest, the libraries and what their tests need. Nothing is
fetched unless `REGREEN_BENCH_FETCH=1` asks for it. The libraries' code runs only inside the sandbox.
"""

import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.testing.layout import is_test_path

FOLDER, FETCH = "REGREEN_BENCH_LIBS", "REGREEN_BENCH_FETCH"
# Small, without compiled code, and with their tests in the source distribution.
FETCHED = ("boltons==26.2.0", "cachetools==8.0.2", "humanize==4.17.0", "inflection==0.5.1", "itsdangerous==2.2.0",
           "python-slugify==9.2.0", "sqlparse==0.6.1", "tabulate==0.10.0", "xmltodict==1.0.4")  # fmt: skip
NEEDED = ("pytest", "freezegun", "hypothesis")
PROJECT_FILES = ("pyproject.toml", "setup.py")
NOT_PRODUCT = frozenset({"setup.py", "conftest.py", "noxfile.py", "tasks.py", "docs", "doc", "examples", "scripts",
                         "benchmark", "benchmarks", "tools", "build", "bench"})  # fmt: skip
HOW = """\
{folder} is not set: it names a folder of unpacked source distributions with their tests. To make one:
  pip download --no-deps --no-binary :all: -d LIBS {fetched}
  (unpack each there) && python -m venv LIBS/.venv && LIBS/.venv/bin/pip install {needed} LIBS/*.tar.gz
or set {fetch}=1 to have that done in a temporary folder."""


@dataclass(frozen=True, slots=True)
class Library:
    """An unpacked library. `import_root` and `sources`, its product files, are relative to `root`."""

    name: str
    root: Path
    python: Path
    import_root: str
    sources: tuple[str, ...]

    def files(self) -> dict[str, bytes]:
        """The product files."""
        return {path: (self.root / path).read_bytes() for path in self.sources}


@contextmanager
def libraries() -> Iterator[list[Library]]:
    """The libraries to measure on; SystemExit with instructions when there are none."""
    if os.environ.get(FOLDER):
        yield discover(Path(os.environ[FOLDER]).resolve())
        return
    if os.environ.get(FETCH) != "1":
        raise SystemExit(HOW.format(folder=FOLDER, fetch=FETCH, fetched=" ".join(FETCHED), needed=" ".join(NEEDED)))
    with tempfile.TemporaryDirectory(prefix="regreen-libs-") as folder:
        fetch(Path(folder).resolve())
        yield discover(Path(folder).resolve())


def discover(folder: Path) -> list[Library]:
    """Every unpacked library in a folder that has code to plant bugs in."""
    python = folder / ".venv" / "bin" / "python"
    if not python.exists():
        raise SystemExit(f"{python} is missing: make the environment of the libraries' tests there")
    roots = [path for path in sorted(folder.iterdir()) if any((path / name).exists() for name in PROJECT_FILES)]
    found = [describe(root, python) for root in roots]
    return [library for library in found if library.sources]


def describe(root: Path, python: Path) -> Library:
    """An unpacked library by its layout."""
    import_root = "src" if (root / "src").is_dir() else "."
    start = root / import_root
    tops = [path for path in sorted(start.iterdir()) if path.name not in NOT_PRODUCT and _is_code(path)]
    files = [file for top in tops for file in ([top] if top.is_file() else sorted(top.rglob("*.py")))]
    names = [file.relative_to(root).as_posix() for file in files]
    return Library(root.name, root, python, import_root, tuple(name for name in names if not is_test_path(name)))


def _is_code(path: Path) -> bool:
    return path.suffix == ".py" if path.is_file() else (path / "__init__.py").exists()


def fetch(folder: Path) -> None:
    """Download and unpack the libraries, and make their environment."""
    pip = ("-m", "pip", "-q", "--disable-pip-version-check")
    _run(sys.executable, *pip, "download", "--no-deps", "--no-binary", ":all:", "-d", str(folder), *FETCHED)
    archives = sorted(folder.glob("*.tar.gz"))
    for archive in archives:
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    _run(sys.executable, "-m", "venv", str(folder / ".venv"))
    _run(str(folder / ".venv" / "bin" / "python"), *pip, "install", *NEEDED, *map(str, archives))


def short_name(library: str) -> str:
    """A library's name without its version."""
    return re.sub(r"-[0-9][^-]*$", "", library)


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
