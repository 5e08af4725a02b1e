"""Put a new text of a module into effect in a running interpreter, by swapping the code of the functions it changes.

Standard library only, Python 3.8 and newer. Tests hold references to functions (`from m import f`), so the function
objects stay and their code is replaced. What cannot be done that way raises NotWarm: a cold run decides then.
"""

import gc
import os
import sys
import types


class NotWarm(Exception):
    """This edit needs a fresh interpreter; the message says why."""


def put_files(files):
    """Write each new text to disk and give what was there, for `restore_files`."""
    kept = {}
    for path, text in files.items():
        with open(path, "rb") as old:
            kept[path] = old.read()
        replace(path, text.encode("utf-8", "surrogateescape"))
    return kept


def restore_files(kept):
    for path, content in kept.items():
        replace(path, content)


def replace(path, content):
    with open(path + ".regreen-new", "wb") as new:
        new.write(content)
    os.chmod(path + ".regreen-new", os.stat(path).st_mode & 0o7777)
    os.replace(path + ".regreen-new", path)


RAN_AT_IMPORT = set()  # type: ignore[var-annotated]  # 3.8 has no set[...] to say it with


def note_call(frame, event, arg):
    """Profile function: keeps the code of every Python function that is called."""
    if event == "call":
        RAN_AT_IMPORT.add(frame.f_code)


class Index:
    """Modules and function objects by file, built once in the parent: forks look up, they do not search."""

    def __init__(self):
        self.modules = {}
        self.functions = {}
        for _, module in sorted(sys.modules.items()):
            found = getattr(module, "__file__", None)
            if isinstance(found, str):
                self.modules.setdefault(os.path.realpath(found), module)
        for thing in gc.get_objects():
            if type(thing) is types.FunctionType:
                code = thing.__code__
                self.functions.setdefault((code.co_filename, *key_of(code)), []).append(thing)

    def holders(self, filename, code):
        return self.functions.get((filename, *key_of(code)), [])


def key_of(code):
    return (code.co_name, code.co_firstlineno)


def swap(index, originals, files):
    """Swap every changed function of the loaded modules."""
    for path, text in files.items():
        module = index.modules.get(os.path.realpath(path))
        if module is not None:  # otherwise it is imported later, from the changed file
            swap_module(index, module.__file__, originals[path], text.encode("utf-8", "surrogateescape"))


def swap_module(index, filename, original, text):
    try:
        old_code = compile(original, filename, "exec", dont_inherit=True)
        new_code = compile(text, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise NotWarm("does not compile: %s" % error) from error
    pairs = {}
    compare(old_code, new_code, filename, pairs)
    for old, new in pairs.items():
        exchange(index, filename, old, new)


def compare(old, new, where, pairs):
    """Collect pairs of function codes that differ inside; anything else that differs is NotWarm."""
    old_parts, new_parts = parts_of(old), parts_of(new)
    if shape(old) != shape(new) or len(old_parts) != len(new_parts):
        raise NotWarm("%s changes outside functions" % where)
    for old_part, new_part in zip(old_parts, new_parts):
        if same(old_part, new_part):
            continue
        inner = "%s.%s" % (where, old_part.co_name)
        if old_part.co_name != new_part.co_name:
            raise NotWarm("%s is renamed" % inner)
        if is_function(old_part) and not old_part.co_name.startswith("<"):
            pairs[old_part] = new_part
        else:
            compare(old_part, new_part, inner, pairs)


def parts_of(code):
    return [const for const in code.co_consts if isinstance(const, types.CodeType)]


def is_function(code):
    return bool(code.co_flags & 0x2)  # CO_NEWLOCALS: functions have it, module and class bodies do not


def shape(code):
    """All that matters of one code object, nested code and line numbers aside."""
    consts = tuple(
        "<code %s>" % part.co_name if isinstance(part, types.CodeType) else typed(part) for part in code.co_consts
    )
    if "__firstlineno__" in code.co_names:  # 3.13: class bodies carry their line as a constant
        consts = tuple("<line>" if const == typed(code.co_firstlineno) else const for const in consts)
    return (code.co_code, consts, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags,
            code.co_argcount, code.co_kwonlyargcount, getattr(code, "co_exceptiontable", b""))  # fmt: skip


def typed(const):
    """Constants that compare equal but are not the same: 1, True and 1.0, 0.0 and -0.0."""
    if isinstance(const, tuple):
        return ("tuple", *[typed(item) for item in const])
    if isinstance(const, frozenset):
        return ("frozenset", *sorted(repr(typed(item)) for item in const))
    return (type(const).__name__, repr(const))


def same(old, new):
    if shape(old) != shape(new):
        return False
    old_parts, new_parts = parts_of(old), parts_of(new)
    return len(old_parts) == len(new_parts) and all(same(a, b) for a, b in zip(old_parts, new_parts))


def exchange(index, filename, old, new):
    """Give every function object that holds `old` the new code, and its live inner functions theirs."""
    holders = index.holders(filename, old)
    if not holders:
        raise NotWarm("no function object holds %s" % old.co_name)
    put(holders, old, new)
    exchange_inner(index, filename, old, new)


def exchange_inner(index, filename, old, new):
    old_parts, new_parts = parts_of(old), parts_of(new)
    alike = [part.co_name for part in old_parts] == [part.co_name for part in new_parts]
    for number, part in enumerate(old_parts):
        live = index.holders(filename, part)
        if live and not alike:
            raise NotWarm("%s changes its inner functions" % old.co_name)
        if live and not same(part, new_parts[number]):
            put(live, part, new_parts[number])
        if alike:
            exchange_inner(index, filename, part, new_parts[number])


def put(holders, old, new):
    for function in holders:
        if function.__code__ in RAN_AT_IMPORT and shape(old) != shape(new):
            raise NotWarm("%s has already run, while modules were imported" % old.co_name)
        if not same(function.__code__, old):
            raise NotWarm("%s is not the function on disk" % old.co_name)
        if function.__code__.co_freevars != new.co_freevars:
            raise NotWarm("%s changes its closure" % old.co_name)
        function.__code__ = new
