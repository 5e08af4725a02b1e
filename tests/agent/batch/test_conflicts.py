"""Which accepted patches cannot all be taken."""

from agent.batch.conflicts import claims_of, conflicts


def patch(line: int, path: str = "a.py") -> str:
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -{line},3 +{line},3 @@\n x\n-y\n+z\n x\n"


def found(*patches: tuple[str, str, str]) -> list[tuple[str, str, str]]:
    return conflicts(claim for name, base, text in patches for claim in claims_of(name, "o/r", base, text))


def test_patches_of_the_same_lines_conflict_and_others_do_not() -> None:
    assert found(("one", "b", patch(1)), ("two", "b", patch(3)), ("three", "b", patch(10))) == [
        ("one", "two", "o/r/a.py")
    ]
    assert found(("one", "b", patch(1)), ("two", "b", patch(1, "b.py")), ("three", "other base", patch(1))) == []


def test_two_that_create_one_file_conflict() -> None:
    new = "diff --git a/n.py b/n.py\nnew file mode 100644\n--- /dev/null\n+++ b/n.py\n@@ -0,0 +1 @@\n+x\n"
    assert found(("two", "b", new), ("one", "b", new)) == [("one", "two", "o/r/n.py")]


def test_what_is_no_patch_claims_nothing() -> None:
    assert list(claims_of("one", "o/r", "b", "hello")) == []
