"""Text that is not UTF-8: read as the file declares, or kept byte for byte; never a guess at an added character."""

from pathlib import Path

import pytest

from tools.errors import PatchError
from tools.patch import apply_patch, decode
from tools.patch.encoding import declared

EDIT = '--- a/m.py\n+++ b/m.py\n@@\n-x = "tea"\n+x = "thé"\n'


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        (b"", "utf-8"),
        (b"# coding: latin-1\n", "iso8859-1"),
        (b"#!/bin/python\r\n# -*- coding: cp1252 -*-\r\n", "cp1252"),
        (b"\n  # vim: set fileencoding=koi8-r :\n", "koi8-r"),
        (b"# coding=utf8\n", "utf-8"),
        (b"x = 1\n# coding: latin-1\n", "utf-8"),
        (b"\n\n# coding: latin-1\n", "utf-8"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "utf-8"),
        (b"# coding: klingon\n", ""),
        (b"# coding: cp037\n", ""),
        (b"# coding: unicode_escape\n", ""),
        (b"# coding: iso2022_jp\n", ""),
    ],
)
def test_a_python_file_says_in_its_first_two_lines_what_its_bytes_are(head: bytes, codec: str) -> None:
    assert declared("m.py", head) == codec
    assert declared("m.txt", head) == "utf-8"


@pytest.mark.parametrize("codec", ["latin-1", "cp1251", "shift_jis", "gb18030", "euc_kr"])
def test_every_byte_outside_the_edit_stays(codec: str, tmp_path: Path) -> None:
    letters = {"latin-1": "é", "cp1251": "ж", "shift_jis": "表", "gb18030": "中", "euc_kr": "가"}[codec]
    text = f'# coding: {codec}\ny = "{letters * 3}"\r\nx = "tea"\n\tz = "{letters}"'
    (tmp_path / "m.py").write_bytes(text.encode(codec))
    apply_patch(EDIT.replace("thé", letters), tmp_path)
    assert (tmp_path / "m.py").read_bytes() == text.replace("tea", letters).encode(codec)


@pytest.mark.parametrize(
    "before",
    [
        b'# coding: klingon\nx = "tea"\n',
        b'# coding: latin-1\ny = "\xc3\xa9"\nx = "tea"\n',  # UTF-8 under another name, or two letters?
        b'# coding: ascii\ny = "\xe9"\nx = "tea"\n',
        b'# coding: ascii\nx = "tea"\n',
        b'y = "\xe9"\nx = "tea"\n',
    ],
)
def test_a_character_is_not_added_where_its_bytes_are_not_certain(before: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.py").write_bytes(before)
    with pytest.raises(PatchError) as refusal:
        apply_patch(EDIT, tmp_path)
    assert (refusal.value.code, (tmp_path / "m.py").read_bytes()) == ("encoding", before)
    apply_patch(EDIT.replace("thé", "the"), tmp_path)
    assert (tmp_path / "m.py").read_bytes() == before.replace(b"tea", b"the")


@pytest.mark.parametrize(
    "patch",
    [
        '--- a/m.py\n+++ b/m.py\n@@\n-# -*-\n+# coding: latin-1\n-x = "tea"\n+x = "thé"\n',
        '--- /dev/null\n+++ b/new.py\n@@\n+# coding: latin-1\n+x = "thé"\n',
    ],
)
def test_a_patch_that_declares_another_encoding_adds_no_character(patch: str, tmp_path: Path) -> None:
    (tmp_path / "m.py").write_bytes(b'# -*-\nx = "tea"\n')
    with pytest.raises(PatchError) as refusal:
        apply_patch(patch, tmp_path)
    assert refusal.value.code == "encoding"


def test_a_patch_of_bytes_is_applied_byte_for_byte_whatever_is_declared(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_bytes(b'# coding: latin-1\ny = "\xe9"\nx = "tea"\n')
    apply_patch(decode(b'--- a/m.py\n+++ b/m.py\n@@\n y = "\xe9"\n-x = "tea"\n+x = "\xc3\xa9"\n'), tmp_path)
    assert (tmp_path / "m.py").read_bytes() == b'# coding: latin-1\ny = "\xe9"\nx = "\xc3\xa9"\n'


def test_a_file_that_moves_or_goes_is_read_as_it_declares(tmp_path: Path) -> None:
    before = '# coding: latin-1\ny = "é"\n'
    for name in ("m.py", "n.py"):
        (tmp_path / name).write_bytes(before.encode("latin-1"))
    moving = "*** Begin Patch\n*** Update File: m.py\n*** Move to: o.py\n"
    apply_patch(f'{moving}@@\n-y = "é"\n+y = "è"\n*** End Patch\n', tmp_path)
    apply_patch('--- a/n.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-# coding: latin-1\n-y = "é"\n', tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["o.py"]
    assert (tmp_path / "o.py").read_bytes() == before.replace("é", "è").encode("latin-1")
