"""Makes the cases: a change, a damage, a format, and what may be asked of a careful reader."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from random import Random

from benchmarks._patch.damages import DAMAGES, Damage, damage_named
from benchmarks._patch.drafting import drafted
from benchmarks._patch.evidence import Undecidable, folded, weigh, worst
from benchmarks._patch.history import Commit, FileChange
from benchmarks._patch.outcome import parses
from benchmarks._patch.render import RENDER
from benchmarks._patch.values import FORMS, Anchors, Case, Category, Draft, FileDraft, Form, Style

MOST_HUNKS = 8
MOST_CHANGED_LINES = 120
MOST_FILES = 3
TRIES = 250


def cases(commits: Sequence[Commit], seed: int, count: int) -> list[Case]:
    """About `count` cases, as many of each class and format as chance allows."""
    pairs = [(form, name) for form in FORMS for name, damage in DAMAGES.items() if form in damage.forms]
    each = max(count // len(pairs), 1)
    return [case for form, name in pairs for case in _of_class(commits, (form, name), f"{seed}", each)]


def _of_class(commits: Sequence[Commit], pair: tuple[Form, str], seed: str, count: int) -> Iterator[Case]:
    form, name = pair
    chance = Random(f"{seed} {form} {name}")
    made = 0
    for attempt in range(TRIES * count):
        commit = commits[chance.randrange(len(commits))]
        case = _case(commit, form, name, Random(f"{seed} {form} {name} {attempt}"))
        if case is None:
            continue
        yield replace(case, name=f"{form}/{name}/{made:02}-{commit.name}")
        made += 1
        if made == count:
            return


def _case(commit: Commit, form: Form, name: str, chance: Random) -> Case | None:
    damage = damage_named(name, form, chance)
    clean = _draft(commit, form, damage, chance)
    draft = _damaged(clean, damage, chance) if clean else None
    if draft is None:
        return None
    text = _text(draft, form, damage, chance)
    category = _category(draft, form, damage)
    if text is None or category is None or damage.want not in (None, category):
        return None
    if not all(_keeps_parsing(file) for file in commit.files):
        return None
    before = {**draft.siblings, **_side(draft, old=True)}
    after = {**draft.siblings, **_side(draft, old=False)}
    kept = before if category == "must_refuse" else after
    if category != "must_refuse" and before == after:
        return None
    return Case("", form, name, category, before, kept, text, damage.spaces, draft.links, draft.outside)


@lru_cache(maxsize=4096)
def _keeps_parsing(file: FileChange) -> bool:
    """False where the commit itself breaks a Python file, which an applier may refuse."""
    name = file.new_path or ""
    return not name.endswith(".py") or not parses(file.old or "") or parses(file.new or "")


def _draft(commit: Commit, form: Form, damage: Damage, chance: Random) -> Draft | None:
    """Some files of the commit, undamaged, in a style of their own."""
    files = chance.sample(commit.files, chance.randint(1, min(MOST_FILES, len(commit.files))))
    usual = damage.context if damage.context is not None else chance.choices([3, 1, 5], [8, 1, 1])[0]
    drafts = tuple(drafted(file, usual) for file in files)
    if not all(_is_moderate(file) and _can_say(form, file) for file in drafts):
        return None
    anchors: Sequence[Anchors] = ("none", "one", "stacked")
    style = Style(git=chance.random() < 0.6, anchors=chance.choices(anchors, [6, 2, 2])[0])
    return Draft(drafts, commit.siblings, style)


def _is_moderate(file: FileDraft) -> bool:
    changed = sum(line.mark != " " for hunk in file.hunks for line in hunk.lines)
    return len(file.hunks) <= MOST_HUNKS and changed <= MOST_CHANGED_LINES


def _can_say(form: Form, file: FileDraft) -> bool:
    if not file.hunks:
        return form == "unified" and None not in (file.old_path, file.new_path)
    return form != "search" or file.is_edit or file.old_path is None


def _damaged(draft: Draft, damage: Damage, chance: Random) -> Draft | None:
    for step in damage.steps:
        changed = step(draft, chance)
        if changed is None:
            return None
        draft = changed
    return draft


def _text(draft: Draft, form: Form, damage: Damage, chance: Random) -> str | None:
    text = RENDER[form](draft)
    for step in damage.texts:
        changed = step(text, form, chance)
        if changed is None:
            return None
        text = changed
    return text


def _category(draft: Draft, form: Form, damage: Damage) -> Category | None:
    """What may be asked; None where nobody could know, or the change itself overlaps."""
    if damage.cap == "must_refuse":
        return damage.cap
    try:
        found = weigh(draft, form)
    except Undecidable:
        return None
    return worst([found, damage.cap, *(_by_name(draft, file) for file in draft.files)])


def _by_name(draft: Draft, file: FileDraft) -> Category:
    """Does a bare file name lead to one file? A namesake that could take the change as well makes it ambiguous."""
    if draft.style.name != "base":
        return "enough"
    base = file.path.rpartition("/")[2]
    tree = {**draft.siblings, **_side(draft, old=True)}
    namesakes = [path for path in tree if path.rpartition("/")[2] == base and path != file.path]
    if not namesakes:
        return "enough"
    return "must_refuse" if any(_could_take(tree, path, file) for path in namesakes) else "may_refuse"


def _could_take(tree: Mapping[str, bytes], path: str, file: FileDraft) -> bool:
    held = {folded(line) for line in tree[path].decode().split("\n")}
    return all(folded(line.text) in held for hunk in file.hunks for line in hunk.source)


def _side(draft: Draft, *, old: bool) -> dict[str, bytes]:
    if old:
        return {file.old_path: file.encoded(file.old) for file in draft.files if file.old_path is not None}
    return {file.new_path: file.encoded(file.new) for file in draft.files if file.new_path is not None}
