"""Turn one: issue, failing tests with their errors, suspects, the code around them, the repository's own rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from agent.context.excerpt import Excerpt, Place, excerpts, outline
from agent.context.lookup import Found, look_up
from agent.context.mentions import mentions
from agent.core.fence import fenced, inside
from agent.core.protocols import RunView
from agent.core.task import Suspect
from prompts import render
from tools.clip import first_lines
from tools.failures import told
from tools.patch import decode
from tools.secrets.files import is_secret_file

MAX_ISSUE_CHARS = 30_000
MAX_FAILURES = 5
MAX_FAILURE_CHARS = 3000
MAX_SUSPECTS = 8
MAX_CODE_CHARS = 24_000
MAX_OUTLINES = 4
MAX_OUTLINE_CHARS = 4000
MAX_RULES_CHARS = 4000
RULES_FILE = "AGENTS.md"
RAN = "run by the failing tests"


def first_message(view: RunView, images: Sequence[str] = (), documents: str = "", *, bare: bool = False) -> str:
    """The task as one text, laid out for a model: sections with nothing in them are left out; nothing is written.

    `images` are the names of those that go with it. `documents` are all files, where they are shown whole: in the
    middle, with what is to be done before and after them. A `bare` one has no code, for models that hold little.
    """
    if bare:
        return _task(view, Found(), [], images)
    if documents:
        return render("task_whole", task=_task(view, Found(), [], images), documents=documents, goal=_goal(view))
    issue = view.task.problem_statement.strip()
    found = look_up(view.tree, mentions(issue), view.denied) if issue else Found()
    places = [*((suspect.path, suspect.line) for suspect in view.suspects), *found.definitions]
    return _task(view, found, [place for place in places if not is_secret_file(place[0], view.denied)], images)


def _task(view: RunView, found: Found, places: Sequence[Place], images: Sequence[str]) -> str:
    code = excerpts(view.tree, places, MAX_CODE_CHARS)
    return render(
        "task",
        problem_statement=inside("issue", first_lines(view.task.problem_statement.strip(), MAX_ISSUE_CHARS)),
        images=", ".join(images),
        failing_tests=_failing_tests(view, code),
        suspects=_suspects(view.suspects[:MAX_SUSPECTS]),
        code="\n".join(map(str, code)),
        named=_named(view.tree, found, code),
        hints=view.task.hints_text,
        rules=_rules(view.tree),
        replies=view.remaining.steps,
        goal=_goal(view),
    )


def _goal(view: RunView) -> str:
    """The last words, which weigh most: what this turn is for."""
    if view.verdict is not None:
        rivals = "\n".join(f"{n}. {r.sentence}: {r.example}" for n, r in enumerate(view.verdict.rivals, 1))
        unshown = "none was found in the time there was, so the tests may be weak here"
        return render("goal_open", patch=view.patch.rstrip("\n"), rivals=rivals or unshown)
    return render("goal_tests") if view.task.fail_to_pass else render("goal_issue", test_folder=_test_folder(view))


def _test_folder(view: RunView) -> str:
    """Where most of the tests that ran lie, in words."""
    files = {name.partition("::")[0] for name in view.before.statuses}
    folders = Counter(Path(file).parent.as_posix() for file in sorted(files) if (view.tree / file).is_file())
    if not folders:
        return "the folder of the existing tests"
    folder = folders.most_common(1)[0][0]
    return "the repository's root" if folder == "." else f"`{folder}/`"


def _failing_tests(view: RunView, code: Sequence[Excerpt]) -> str:
    def is_shown(path: str, line: int) -> bool:
        return any(piece.holds(path, line) for piece in code)

    shown, known = view.task.fail_to_pass[:MAX_FAILURES], view.before.failures
    texts = dict(told((known[name] for name in shown if name in known), MAX_FAILURE_CHARS, is_shown))
    parts = [fenced("test_output", texts.get(name, "failed"), test=name) for name in shown]
    rest = view.task.fail_to_pass[MAX_FAILURES:]
    more = [f"and {len(rest)} more: {', '.join(rest[:20])}"] if rest else []
    return "\n".join([*parts, *more])


def _suspects(suspects: Iterable[Suspect]) -> str:
    return "\n".join(_suspect(suspect) for suspect in suspects)


def _suspect(suspect: Suspect) -> str:
    reason = suspect.reason.removeprefix(RAN).removeprefix(", ")  # the section says that of all of them
    columns = [f"{suspect.path}:{suspect.line}", suspect.function, reason]
    return " | ".join(filter(None, columns))


def _named(tree: Path, found: Found, code: Sequence[Excerpt]) -> str:
    outlines = [(path, outline(tree, path)) for path in found.paths[:MAX_OUTLINES]]
    shown = [fenced("outline", text[:MAX_OUTLINE_CHARS], path=path) for path, text in outlines if text]
    hits = [hit for hit in found.hits if not any(shown.holds(hit.path, hit.line) for shown in code)]
    return "\n".join([*shown, *map(str, hits)])


def _rules(tree: Path) -> str:
    path = tree / RULES_FILE
    if not path.is_file() or path.is_symlink():
        return ""
    return fenced("file", decode(path.read_bytes())[:MAX_RULES_CHARS], path=RULES_FILE)
