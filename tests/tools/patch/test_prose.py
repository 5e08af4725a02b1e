"""Which file the words above a change name."""

import pytest

from tools.patch.read.prose import label, mentions, only_path


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("src/m.py", "src/m.py"),
        ("./src/m.py:", "src/m.py"),
        ("## `src/m.py`", "src/m.py"),
        ("**File: src/m.py**", "src/m.py"),
        ("- src/__init__.py (new)", "src/__init__.py"),
        ("# src/m.py", "src/m.py"),
        ("// web/app.js", "web/app.js"),
        ("<!-- docs/index.html -->", "docs/index.html"),
        ("`my notes.txt`", "my notes.txt"),
        (".gitignore", ".gitignore"),
        ("Makefile", "Makefile"),
        ("/etc/passwd", "/etc/passwd"),
        ("../m.py", "../m.py"),
        ("Change the sign in src/m.py, as asked:", "src/m.py"),
        ("```python src/m.py", "src/m.py"),
        ("```python", None),
        ("Then the caller:", None),
        ("Both m.py and n.py:", None),
        ("The sign in src/m.py is wrong.", None),
        ("", None),
    ],
)
def test_a_line_that_only_says_a_path_is_a_label(line: str, path: str | None) -> None:
    assert label([line]) == path


def test_fences_and_blank_lines_between_a_label_and_the_change_are_passed_over() -> None:
    assert label(["n.py", "m.py", "", "```python"]) == "m.py"
    assert label(["m.py", "The caller needs it too.", "```"]) is None


def test_paths_in_prose_are_told_from_attributes_addresses_and_versions() -> None:
    prose = "Since 2.0 (see https://example.org/x.py) self.total calls os.path.join() in src/m.py, i.e. m.py:12."
    assert mentions([prose]) == {"src/m.py"}
    assert only_path([prose, "setup.cfg"]) is None
