"""The generator of damaged patches keeps its promises: what it calls certain is certain, by nothing but the file."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from benchmarks._patch.appliers import OURS
from benchmarks._patch.damage_files import repeated
from benchmarks._patch.damages import DAMAGES
from benchmarks._patch.drafting import applied, drafted
from benchmarks._patch.evidence import Undecidable, weigh
from benchmarks._patch.generate import cases
from benchmarks._patch.history import FileChange, commits
from benchmarks._patch.outcome import judged
from benchmarks._patch.render import search, unified, v4a
from benchmarks._patch.sandbox import run_inside
from benchmarks._patch.steps import misnumbered
from benchmarks._patch.values import Case, Draft, FileDraft, Style

OLD = """\
class Reader:
    def open(self):
        self.lines = []
        self.ready = True
        return self

    def close(self):
        self.ready = False
        return None
"""
NEW = OLD.replace("self.ready = True", "self.ready = bool(self.path)")
PLAIN = Style(git=False)


def draft_of(style: Style = PLAIN) -> Draft:
    return Draft((drafted(FileChange("src/reader.py", "src/reader.py", OLD, NEW, ()), 1),), {}, style)


def with_repeat(draft: Draft) -> Draft:
    grown = repeated(draft.files[0], Random(1))
    assert grown is not None
    return replace(draft, files=(grown,))


UNIFIED = """\
--- a/src/reader.py
+++ b/src/reader.py
@@ -3,3 +3,3 @@ def open(self):
         self.lines = []
-        self.ready = True
+        self.ready = bool(self.path)
         return self
"""
V4A = """\
*** Begin Patch
*** Update File: src/reader.py
@@ class Reader:
@@ def open(self):
         self.lines = []
-        self.ready = True
+        self.ready = bool(self.path)
         return self
*** End Patch
"""
SEARCH = """\
src/reader.py
```python
<<<<<<< SEARCH
        self.lines = []
        self.ready = True
        return self
=======
        self.lines = []
        self.ready = bool(self.path)
        return self
>>>>>>> REPLACE
```

"""


def test_a_change_is_written_in_three_formats() -> None:
    assert unified(draft_of()) == UNIFIED
    assert v4a(draft_of(Style(anchors="stacked"))) == V4A
    assert search(draft_of()) == SEARCH


def test_hunks_lead_from_the_old_lines_to_the_new_ones() -> None:
    (file,) = draft_of().files
    assert applied(file.old, file.hunks) == file.new


def test_text_that_stands_once_is_enough() -> None:
    assert [weigh(draft_of(), form) for form in ("unified", "v4a", "search")] == ["enough"] * 3


def test_repeated_text_is_enough_with_true_numbers_or_an_anchor_and_must_be_refused_without() -> None:
    draft = with_repeat(draft_of())
    assert weigh(draft, "unified") == "enough"
    assert weigh(draft, "search") == "must_refuse"
    assert weigh(draft, "v4a") == "must_refuse"
    assert weigh(replace(draft, style=Style(anchors="one")), "v4a") == "enough"
    assert weigh(replace(draft, style=Style(header="bare")), "unified") == "must_refuse"


def test_a_number_that_points_at_the_look_alike_is_no_case_at_all() -> None:
    draft = with_repeat(draft_of())
    (file,) = draft.files
    twin = next(at for at in range(len(file.old)) if at != 2 and file.old[at : at + 3] == file.old[2:5])
    (hunk,) = file.hunks
    lying = replace(draft, files=(replace(file, hunks=(replace(hunk, start=twin if hunk.at != twin else 2),)),))
    with pytest.raises(Undecidable):
        weigh(lying, "unified")


def test_wrong_numbers_do_not_make_unique_text_uncertain() -> None:
    wrong = misnumbered(draft_of(), Random(1))
    assert wrong is not None
    assert weigh(wrong, "unified") == "enough"


BEFORE = {"a.py": b"x = 1\n", "b.txt": b"old\n"}
AFTER = {"a.py": b"x = 2\n", "b.txt": b"old\n"}
OUTCOMES = {
    "exact": (AFTER, False, "exact"),
    "python of the same meaning": ({**AFTER, "a.py": b"x = 2  \n"}, False, "exact"),
    "refused": (BEFORE, True, "refused"),
    "success for nothing": (BEFORE, False, "noop"),
    "half": (AFTER, True, "half"),
    "wrong value": ({**AFTER, "a.py": b"x = 3\n"}, False, "wrong"),
    "another comment": ({**AFTER, "a.py": b"x = 2  # no\n"}, False, "wrong"),
    "a file too many": ({**AFTER, "a.py.orig": b""}, False, "wrong"),
    "spaces in prose": ({**AFTER, "b.txt": b"old \n"}, False, "wrong"),
}


@pytest.mark.parametrize(("after", "failed", "outcome"), OUTCOMES.values(), ids=OUTCOMES)
def test_the_trees_tell_the_outcome(after: dict[str, bytes], failed: bool, outcome: str) -> None:
    case = Case("", "unified", "clean", "enough", BEFORE, AFTER, "", False, {}, {})
    assert judged(case, BEFORE, after, failed=failed) == outcome


def test_a_change_that_had_to_be_refused_is_wrong() -> None:
    case = Case("", "unified", "truncated", "must_refuse", BEFORE, BEFORE, "", False, {}, {})
    assert judged(case, BEFORE, AFTER, failed=False) == "wrong"


@pytest.mark.slow
def test_cases_come_from_commits_alike_for_one_seed_and_from_others_for_the_next(tmp_path: Path) -> None:
    made_history(tmp_path)
    odd, even = (commits(str(tmp_path / ".git"), seed, 99) for seed in (1, 2))
    assert odd
    assert even
    assert not {commit.name for commit in odd} & {commit.name for commit in even}
    assert cases(odd, 1, 60) == cases(odd, 1, 60)
    made = cases(odd, 1, 60)
    assert {case.damage for case in made} <= DAMAGES.keys()
    assert all(case.before == case.after for case in made if case.category == "must_refuse")
    assert all(case.before != case.after for case in made if case.category != "must_refuse")


def made_history(folder: Path) -> None:
    """A repository of twelve commits that each change one number of one file."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "beside.py").write_text("y = 0\n", encoding="utf-8")
    for number in range(12):
        text = "".join(
            f"def f{at}():\n    value = {number if at == number else 99}\n    return value\n\n\n" for at in range(14)
        )
        (folder / "module.py").write_text(text, encoding="utf-8")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", f"{number}")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def test_a_file_draft_keeps_its_line_ends_and_its_mark() -> None:
    file = FileDraft("a.txt", "a.txt", ("x", "y"), ("x",), crlf=True, bom=True, ends=False)
    assert file.encoded(file.old) == "\ufeffx\r\ny".encode()


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="appliers run only under bubblewrap")
def test_ours_is_tried_in_the_sandbox() -> None:
    before = {"src/reader.py": OLD.encode()}
    clean = Case("", "unified", "clean", "enough", before, {"src/reader.py": NEW.encode()}, UNIFIED, False, {}, {})
    hostile = replace(clean, category="must_refuse", patch=UNIFIED.replace("src/", "../victim/"))
    answers = run_inside("inside", OURS, cases=[clean, hostile], python=sys.executable)
    assert [outcome for outcome, _ in answers] == ["exact", "refused"]
