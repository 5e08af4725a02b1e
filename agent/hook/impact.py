"""Which tests a change can affect: by the lines that earlier runs of the hook saw, else by who imports whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from agent.hook.subject import Subject
from agent.hook.suites import CONFIGURATIONS, Suites, pytest_settings
from tools.testing.changes import between
from tools.testing.imports import ImportGraph
from tools.testing.layout import files_of, is_test_configuration
from tools.testing.memory import Memory
from tools.testing.results import TestRun
from tools.testing.select import FileChange, blurred, impacted
from tools.text import decode
from tools.workspace.blobs import list_blobs, read_blobs
from tools.workspace.git import GitError, Repository

SHARED = ("pyproject.toml", "setup.cfg", "tox.ini")  # files that configure more than pytest


@dataclass(frozen=True, slots=True)
class Impact:
    """Tests to run, most telling first: node ids and whole files, relative to the tree; `whole` is the whole suite.

    `changes` are those of the subject, `texts` its Python files, `known` what was seen before, on the tree before it.
    """

    tests: tuple[str, ...] = ()
    whole: bool = False
    changes: tuple[FileChange, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    known: TestRun = field(default_factory=TestRun)
    suites: Suites = field(default_factory=Suites)

    @property
    def known_seconds(self) -> float:
        """What the tests took when they ran last, as far as that is known."""
        files = set(self.tests)
        return sum(
            seconds for name, seconds in self.known.durations.items() if name in files or name.split("::")[0] in files
        )

    def by_root(self) -> dict[str, tuple[str, ...]]:
        """The tests by the folder they are run from, relative to it; () for a whole suite."""
        roots = {file: self.suites.root_of(file) for file in files_of(self.tests)}
        if self.whole and len(set(roots.values())) == 1:
            return {next(iter(roots.values())): ()}
        found: dict[str, tuple[str, ...]] = {}
        for name in self.tests:
            root = roots[name.split("::")[0]]
            found[root] = (*found.get(root, ()), name if root == "." else name.removeprefix(f"{root}/"))
        return found


def impact_of(repository: Repository, subject: Subject, memory: Memory) -> Impact:
    """The tests a subject can affect; `memory` holds runs whose node ids are relative to the tree."""
    before = subject.tree_before(repository)
    changes = [
        change
        for change in between(repository, before, subject.tree)
        if not _says_nothing_new(repository, change.path, before, subject.tree)
    ]
    everything = subject.everything or any(is_test_configuration(change.path) for change in changes)
    if not everything and not any(change.path.endswith(".py") for change in changes):
        return Impact()
    texts, suites = _read(repository, subject.tree)
    known = _known(repository, memory, before)
    suite = sorted({path for path in texts if suites.holds(path)}.union(files_of(known.statuses)).intersection(texts))
    tests = suite if everything else _affected(changes, texts, known, suites)
    return Impact(_most_telling_first(tests, changes), set(suite) <= set(tests), tuple(changes), texts, known, suites)


def _says_nothing_new(repository: Repository, path: str, before: str, after: str) -> bool:
    """Whether a configuration file changed in other parts than pytest's."""
    name = _name(path)
    if name not in SHARED:
        return False
    old, new = (pytest_settings(name, _text_at(repository, tree, path)) for tree in (before, after))
    return old == new


def _text_at(repository: Repository, tree: str, path: str) -> str:
    try:
        return decode(repository.git(["cat-file", "blob", f"{tree}:{path}"]))
    except GitError:
        return ""  # there is no such file


def _read(repository: Repository, tree: str) -> tuple[dict[str, str], Suites]:
    """The Python files of a tree, and how its tests are configured."""
    blobs = list_blobs(repository, tree)
    wanted = {path: blob for path, blob in blobs.items() if path.endswith(".py") or _name(path) in CONFIGURATIONS}
    contents = read_blobs(repository, wanted.values())
    texts = {path: decode(contents[blob]) for path, blob in wanted.items()}
    suites = Suites.of({path: text for path, text in texts.items() if _name(path) in CONFIGURATIONS})
    return {path: text for path, text in texts.items() if path.endswith(".py")}, suites


def _known(repository: Repository, memory: Memory, before: str) -> TestRun:
    """What is known of the tests on the tree before the change: lines of files changed meanwhile are blurred."""
    run = memory.get(before)
    if run is not None:
        return run
    newest = memory.newest()
    try:
        return blurred(newest[1], between(repository, newest[0], before)) if newest is not None else TestRun()
    except GitError:  # that tree is gone
        return TestRun()


def _affected(changes: Sequence[FileChange], texts: Mapping[str, str], known: TestRun, suites: Suites) -> list[str]:
    removed = {change.path: change.text for change in changes if change.path not in texts}
    graph = ImportGraph.of_texts({**texts, **{path: text for path, text in removed.items() if path.endswith(".py")}})
    seen = set(files_of(known.statuses))
    found = [name for name in impacted(changes, known, graph).tests if name in known.statuses]
    reach = graph.reach(change.path for change in changes if change.path.endswith(".py"))
    # Of a test file that changed nobody knows what it holds now.
    changed = {change.path for change in changes if change.path in seen}
    new = {path for path in reach if path not in seen and path in texts and suites.holds(path)}
    stay = [name for name in found if name.split("::")[0] not in changed and name.split("::")[0] in texts]
    return [*_whole_files(stay, known), *sorted(changed.intersection(texts) | new)]


def _whole_files(tests: Sequence[str], known: TestRun) -> list[str]:
    """The tests, a file for those of which all that is known is named: it may hold new ones by now."""
    named = set(tests)
    rest = set(files_of(name for name in known.statuses if name not in named))
    return list(dict.fromkeys(name if name.split("::")[0] in rest else name.split("::")[0] for name in tests))


def _most_telling_first(tests: Sequence[str], changes: Sequence[FileChange]) -> tuple[str, ...]:
    """Changed test files, then those named after a changed module, then the rest as it is."""
    changed = {change.path for change in changes}
    stems = {PurePosixPath(path).stem for path in changed}

    def distance(name: str) -> int:
        file = name.split("::")[0]
        stem = PurePosixPath(file).stem
        return 0 if file in changed else 1 if {stem.removeprefix("test_"), stem.removesuffix("_test")} & stems else 2

    return tuple(sorted(dict.fromkeys(tests), key=distance))


def _name(path: str) -> str:
    return PurePosixPath(path).name


def below(root: str, run: TestRun) -> TestRun:
    """A run with node ids relative to the tree, of one whose ids are relative to a folder in it."""
    if root == ".":
        return run
    names = {name: f"{root}/{name}" for name in (*run.statuses, *run.lines)}
    return replace(
        run,
        statuses={names[name]: status for name, status in run.statuses.items()},
        failures={},
        durations={names[name]: seconds for name, seconds in run.durations.items() if name in names},
        lines={names[name]: found for name, found in run.lines.items()},
    )
