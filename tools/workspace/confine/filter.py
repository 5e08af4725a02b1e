"""seccomp: which system calls a process and all it starts may make, as a program of the kernel's packet filter.

What it can see of a call is its number and its arguments as numbers, never the paths or addresses they point to: calls
that depend on those are left to a deputy outside (`deputy.py`).
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterable, Mapping, Sequence

from tools.workspace.confine.calls import call
from tools.workspace.confine.numbers import KINDS, machine, number

LOAD, AND, RETURN = 0x20, 0x54, 0x06
IF_EQUAL, IF_AT_LEAST, IF_ANY_BIT = 0x15, 0x35, 0x45
NUMBER_AT, KIND_AT, ARGUMENTS_AT = 0, 4, 16
ALLOW, ASK, REFUSE = 0x7FFF0000, 0x7FC00000, 0x00050000
OTHER_NUMBERS = 0x40000000  # of the same kind, but with pointers of 32 bits
SET_FILTER, NEW_LISTENER, WAIT_KILLABLE = 1, 1 << 3, 1 << 5

# Calls that no test has a use for and that reach past everything else.
NEVER = (
    "acct", "add_key", "adjtimex", "bpf", "chroot", "clock_adjtime", "clock_settime", "delete_module", "fanotify_init",
    "file_setattr", "finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "io_uring_enter",
    "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl",
    "migrate_pages", "mount", "mount_setattr", "move_mount", "move_pages", "open_by_handle_at", "open_tree",
    "open_tree_attr", "perf_event_open", "pidfd_getfd", "pivot_root", "process_madvise", "process_mrelease",
    "process_vm_readv", "process_vm_writev", "ptrace", "quotactl", "quotactl_fd", "reboot", "request_key",
    "setdomainname", "sethostname", "setns", "settimeofday", "swapoff", "swapon", "syslog", "umount2", "unshare",
    "userfaultfd", "vhangup",
)  # fmt: skip
# Programs go on without these: the C library knows older ways, and copies of files do without attributes.
MISSING = {"clone3": errno.ENOSYS, "utime": errno.ENOSYS, "utimes": errno.ENOSYS, "futimesat": errno.ENOSYS}
MISSING |= dict.fromkeys(("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr",
                          "setxattrat", "removexattrat"), errno.EOPNOTSUPP)  # fmt: skip
# Change what belongs to a file, or reach a socket with a name in a folder: Landlock knows neither.
ASKED = ("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utimensat",
         "connect")  # fmt: skip
# Found by a name or number that all of the machine share.
SHARED = ("shmget", "shmat", "semget", "msgget", "mq_open", "mq_unlink")
# At these the process that is meant is an argument: only 0, oneself, is allowed.
OF_SELF = {"sched_setaffinity": 0, "sched_setattr": 0, "sched_setparam": 0, "sched_setscheduler": 0, "prlimit64": 0,
           "setpriority": 1, "ioprio_set": 1}  # fmt: skip
NEW_NAMESPACES = 0x7E020000
# Type into a terminal, change a file's flags.
CONTROLS = (0x5412, 0x541C, 0x40086602, 0x40046602, 0x401C5820)
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
STREAM, SEQUENCE, TYPE_MASK = 1, 5, 0xF

Instruction = tuple[int, int, int, int]
PASS: Instruction = (RETURN, 0, 0, ALLOW)


def program(kind: str, *, own_network: bool, asks: bool) -> list[Instruction]:
    """The filter for a machine: code, jump if true, jump if false, operand.

    With an `own_network` it may be used; where the filter `asks`, a deputy must answer.
    """
    blocks = {name: [_refusal(errno.EPERM)] for name in (*NEVER, *(() if own_network else SHARED))}
    blocks |= {name: [_refusal(error)] for name, error in MISSING.items()}
    blocks |= {name: _by_value(at, {0: PASS}, _refusal(errno.EPERM)) for name, at in OF_SELF.items()}
    blocks["ioctl"] = _by_value(1, dict.fromkeys(CONTROLS, _refusal(errno.EPERM)), PASS)
    blocks["clone"] = [_argument(0), (IF_ANY_BIT, 0, 1, NEW_NAMESPACES), _refusal(errno.EPERM), PASS]
    blocks["socketpair"] = _socket((), with_unix=True)
    blocks["socket"] = _socket((AF_INET, AF_INET6, AF_NETLINK) if own_network else (), with_unix=asks)
    blocks |= {name: [(RETURN, 0, 0, ASK)] for name in (ASKED if asks else ())}
    made = [(LOAD, 0, 0, KIND_AT), (IF_EQUAL, 1, 0, KINDS[kind]), _refusal(errno.ENOSYS)]
    made += [(LOAD, 0, 0, NUMBER_AT), (IF_AT_LEAST, 0, 1, OTHER_NUMBERS), _refusal(errno.ENOSYS)]
    for name, block in blocks.items():
        if (found := number(name, kind)) is not None:
            made += [(IF_EQUAL, 0, len(block), found), *block]
    return [*made, PASS]


def _socket(families: Iterable[int], *, with_unix: bool) -> list[Instruction]:
    """Of sockets with names in folders only those that connect before they send: that is where a deputy sees them."""
    free = dict.fromkeys(families, PASS)
    if not with_unix:
        return _by_value(0, free, _refusal(errno.EACCES))
    types = _by_value(1, {STREAM: PASS, SEQUENCE: PASS}, _refusal(errno.EACCES))
    types.insert(1, (AND, 0, 0, TYPE_MASK))
    return [*_by_value(0, free, (IF_EQUAL, 1, 0, AF_UNIX)), _refusal(errno.EACCES), *types]


def _by_value(at: int, answers: Mapping[int, Instruction], otherwise: Instruction) -> list[Instruction]:
    """The answer for the value of an argument."""
    steps = [step for value, answer in answers.items() for step in ((IF_EQUAL, 0, 1, value), answer)]
    return [_argument(at), *steps, otherwise]


def _argument(at: int) -> Instruction:
    """Load the lower half of an argument: all that the kernel takes of flags, families and process numbers."""
    return LOAD, 0, 0, ARGUMENTS_AT + 8 * at


def _refusal(error: int) -> Instruction:
    return RETURN, 0, 0, REFUSE | error


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def filter_calls(*, own_network: bool) -> int | None:
    """Put this process and all it starts under the filter; the descriptor its deputy listens at.

    None where there is no deputy: this kernel has none, or another's stands in the way.
    """
    for flags in (NEW_LISTENER | WAIT_KILLABLE, NEW_LISTENER):
        try:
            return install(program(machine(), own_network=own_network, asks=True), flags)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EBUSY):
                raise
    install(program(machine(), own_network=own_network, asks=False))
    return None


def install(steps: Sequence[Instruction], flags: int = 0) -> int:
    """Put this process and all it starts under a filter for good; `without_new_powers` must have gone before."""
    packed = b"".join(struct.pack("=HBBI", *step) for step in steps)
    return call("seccomp", SET_FILTER, flags, ctypes.byref(_Program(len(steps), packed)))
