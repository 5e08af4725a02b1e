"""A patched tree beside the true one: the files that differ, and whether they are the same program."""

import ast
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

Texts = Mapping[str, bytes]


def patched_texts(tree: Path, patch: str) -> dict[str, bytes]:
    """The files of a tree that a patch touches, as it leaves them; `git apply` has the word, and the tree is kept.

    ValueError when it does not apply, or deletes a file.
    """
    with tempfile.TemporaryDirectory(prefix="regreen-patched-") as folder:
        copy = Path(shutil.copytree(tree, Path(folder, "tree"), symlinks=True, ignore=shutil.ignore_patterns(".git")))
        numbers = _git(copy, "apply", "--numstat", "-z", "-", given=patch)
        paths = [row.split("\t")[2] for row in numbers.split("\0") if row]
        _git(copy, "apply", "--whitespace=nowarn", "-", given=patch)
        missing = [path for path in paths if not (copy / path).is_file()]
        if missing:
            raise ValueError(f"deletes {missing[0]}")
        return {path: (copy / path).read_bytes() for path in paths}


def differing(true: Path, buggy: Path, path: str, texts: Texts) -> dict[str, tuple[bytes, bytes]]:
    """Files whose program is not the true one, as they should be and as they are; `path` is where the bug was."""
    found = {
        name: ((true / name).read_bytes() if (true / name).exists() else b"", data) for name, data in texts.items()
    }
    found.setdefault(path, ((true / path).read_bytes(), (buggy / path).read_bytes()))
    return {name: pair for name, pair in found.items() if not same_tree(*pair)}


def same_tree(one: bytes, other: bytes) -> bool:
    """Whether two files are one program, layout and comments aside, and which branch of a question stands first."""
    try:
        return one == other or _plain(one) == _plain(other)
    except (SyntaxError, ValueError):
        return False


def _plain(text: bytes) -> str:
    return ast.dump(_Affirmed().visit(ast.parse(text)))


class _Affirmed(ast.NodeTransformer):
    """`if c: b else: a` for `if not c: a else: b`, in statements and in expressions."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        while isinstance(node, (ast.If, ast.IfExp)) and node.orelse and _is_negation(node.test):
            node.test, node.body, node.orelse = node.test.operand, node.orelse, node.body
        return node


def _is_negation(test: ast.expr) -> TypeGuard[ast.UnaryOp]:
    return isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)


def _git(folder: Path, *arguments: str, given: str) -> str:
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}  # outside any repository
    data = given.encode("utf-8", "surrogateescape")
    done = subprocess.run(["git", *arguments], cwd=folder, input=data, capture_output=True, env=env)
    if done.returncode:
        raise ValueError(done.stderr.decode(errors="replace").strip())
    return done.stdout.decode("utf-8", "surrogateescape")
