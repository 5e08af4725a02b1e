"""What is asked of each version of Landlock, as `linux/landlock.h` has it."""

import struct

import pytest

from tools.workspace.confine.rules import GRANTS, attributes, handled

# Rights over files, over TCP, scopes: an older version must not be asked for what it does not know.
FILES = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF, 6: 0xFFFF, 7: 0xFFFF}
REST = {1: (), 2: (), 3: (), 4: (3,), 5: (3,), 6: (3, 3), 7: (3, 3)}


@pytest.mark.parametrize("version", FILES)
def test_a_version_is_asked_for_all_it_knows_and_nothing_else(version: int) -> None:
    wanted = (FILES[version], *REST[version])
    assert struct.unpack(f"={len(wanted)}Q", attributes(version, with_tcp=True)) == wanted


def test_who_has_a_network_of_his_own_may_use_it() -> None:
    assert struct.unpack("=3Q", attributes(7, with_tcp=False)) == (0xFFFF, 0, 3)


def test_no_grant_lets_anybody_make_devices_or_control_them() -> None:
    devices = (1 << 6) | (1 << 11) | (1 << 15)
    assert [kind for kind, rights in GRANTS.items() if rights & devices] == []
    assert handled(7) & devices == devices


def test_reading_is_no_writing() -> None:
    assert (GRANTS["read"], GRANTS["list"], GRANTS["use"]) == (0b1101, 0b1000, 0b0110)
