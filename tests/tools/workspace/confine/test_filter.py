"""The filter's answers to calls, on both machines, worked out as the kernel does; and its numbers."""

import errno
import operator
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.workspace.confine import filter as calls
from tools.workspace.confine.filter import ASKED, NEVER, Instruction, program
from tools.workspace.confine.numbers import KINDS, NUMBERS, number

HEADERS = {"x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
           "aarch64": Path("/usr/include/asm-generic/unistd.h")}  # fmt: skip
ALLOW, ASK = "allow", "ask"


def answer(steps: list[Instruction], kind: int, call: int, arguments: tuple[int, ...] = ()) -> str:
    """What a filter says to a call: `allow`, `ask`, or the name of an error."""
    words = {calls.NUMBER_AT: call, calls.KIND_AT: kind}
    words |= {calls.ARGUMENTS_AT + 8 * at: value & 0xFFFFFFFF for at, value in enumerate((*arguments, *[0] * 6)[:6])}
    tests: dict[int, Callable[[int, int], object]] = {
        calls.IF_EQUAL: operator.eq,
        calls.IF_AT_LEAST: operator.ge,
        calls.IF_ANY_BIT: operator.and_,
    }
    at = held = 0
    while True:
        code, if_true, if_false, operand = steps[at]
        at += 1
        if code == calls.RETURN:
            refused = operand & ~0xFFFF == calls.REFUSE
            return errno.errorcode[operand & 0xFFFF] if refused else {calls.ALLOW: ALLOW, calls.ASK: ASK}[operand]
        if code == calls.LOAD:
            held = words[operand]
        elif code == calls.AND:
            held &= operand
        else:
            at += if_true if tests[code](held, operand) else if_false


@pytest.fixture(params=KINDS)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def said(machine: str, name: str, *arguments: int, own_network: bool = True, asks: bool = True) -> str:
    steps = program(machine, own_network=own_network, asks=asks)
    found = number(name, machine)
    return answer(steps, KINDS[machine], found, arguments) if found is not None else "unknown"


def test_dangerous_calls_are_refused(machine: str) -> None:
    assert {said(machine, name) for name in NEVER} <= {"EPERM", "unknown"}
    assert said(machine, "mount") == said(machine, "ptrace") == said(machine, "io_uring_setup") == "EPERM"


def test_calls_of_another_kind_are_refused(machine: str) -> None:
    steps = program(machine, own_network=True, asks=True)
    assert answer(steps, 0x40000003, 1) == "ENOSYS"
    assert answer(steps, KINDS[machine], 0x40000000 + 1) == "ENOSYS"


def test_what_is_not_named_is_allowed(machine: str) -> None:
    assert answer(program(machine, own_network=False, asks=False), KINDS[machine], 400) == ALLOW


def test_what_needs_paths_is_asked_where_somebody_answers(machine: str) -> None:
    assert {said(machine, name) for name in ASKED} <= {ASK, "unknown"}
    assert said(machine, "fchmodat") == said(machine, "connect") == ASK
    assert said(machine, "fchmodat", asks=False) == ALLOW


INET, INET6, UNIX, NETLINK, PACKET, VSOCK = 2, 10, 1, 16, 17, 40
STREAM, DGRAM, SEQPACKET, CLOEXEC = 1, 2, 5, 0o2000000
SOCKETS = {
    (INET, STREAM): (ALLOW, "EACCES", ALLOW),
    (INET6, DGRAM): (ALLOW, "EACCES", ALLOW),
    (NETLINK, 3): (ALLOW, "EACCES", ALLOW),
    (UNIX, STREAM): (ALLOW, ALLOW, "EACCES"),
    (UNIX, STREAM | CLOEXEC): (ALLOW, ALLOW, "EACCES"),
    (UNIX, SEQPACKET): (ALLOW, ALLOW, "EACCES"),
    (UNIX, DGRAM): ("EACCES", "EACCES", "EACCES"),
    (UNIX, DGRAM | CLOEXEC): ("EACCES", "EACCES", "EACCES"),
    (PACKET, 3): ("EACCES", "EACCES", "EACCES"),
    (VSOCK, STREAM): ("EACCES", "EACCES", "EACCES"),
}


@pytest.mark.parametrize(("asked", "answers"), SOCKETS.items(), ids=str)
def test_sockets(machine: str, asked: tuple[int, int], answers: tuple[str, str, str]) -> None:
    ways: tuple[dict[str, bool], ...] = ({}, {"own_network": False}, {"asks": False})
    assert tuple(said(machine, "socket", *asked, **way) for way in ways) == answers


@pytest.mark.parametrize("asks", [True, False])
def test_pairs_of_sockets_that_only_send_to_each_other_are_made(machine: str, asks: bool) -> None:
    kinds = (STREAM, SEQPACKET, DGRAM)
    found = [said(machine, "socketpair", UNIX, kind, own_network=False, asks=asks) for kind in kinds]
    assert found == [ALLOW, ALLOW, "EACCES"]


ARGUMENTS = {
    "a new namespace": ("clone", (0x10000000,), "EPERM"),
    "a thread": ("clone", (0x003D0F00,), ALLOW),
    "a fork": ("clone", (0x01200011,), ALLOW),
    "the other way to fork": ("clone3", (), "ENOSYS"),
    "type into a terminal": ("ioctl", (0, 0x5412), "EPERM"),
    "size of a terminal": ("ioctl", (0, 0x5413), ALLOW),
    "another one's limits": ("prlimit64", (77,), "EPERM"),
    "its own limits": ("prlimit64", (0,), ALLOW),
    "another one's priority": ("setpriority", (0, 77), "EPERM"),
    "its own priority": ("setpriority", (0, 0), ALLOW),
    "attributes": ("setxattr", (), "ENOTSUP"),
}


@pytest.mark.parametrize(("name", "arguments", "expected"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments_decide(machine: str, name: str, arguments: tuple[int, ...], expected: str) -> None:
    assert said(machine, name, *arguments) == expected


def test_shared_memory_is_for_those_who_have_their_own(machine: str) -> None:
    for name in ("shmget", "mq_open"):
        assert (said(machine, name), said(machine, name, own_network=False)) == (ALLOW, "EPERM")


@pytest.mark.skipif(sys.platform != "linux", reason="the numbers are Linux's")
def test_the_numbers_are_the_systems_own(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip("there are no headers here")
    rows = re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", HEADERS[machine].read_text())
    known = {name: int(value) for name, value in rows}
    found = {name: number(name, machine) for name in NUMBERS if name in known}
    assert len(found) > 60
    assert found == {name: known[name] for name in found}
