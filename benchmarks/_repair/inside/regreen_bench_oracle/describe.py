"""A value as text: what it holds, not where it lies. Iterators are used up; no code of the value's own `repr` runs."""

import io
import re
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

DEEPEST, MOST_NODES, MOST_ITEMS = 8, 3000, 200
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
PLAIN = (int, float, complex, str, bytes, bytearray, bool, type(None), type(...), type(NotImplemented), range, slice)


class Describer:
    """Describes values that may share parts; each part is told once."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._held: list[object] = []

    def __call__(self, value: object, depth: int = 0) -> str:
        """The text of a value; equal texts mean that nothing tells the values apart, down to a depth."""
        if type(value) in PLAIN:
            return repr(value)
        if id(value) in self._seen:
            return f"<part {self._seen[id(value)]}>"
        if type(value) not in (tuple, frozenset):  # whether these are one or equal makes no difference
            self._seen[id(value)] = len(self._seen)
        self._held.append(value)  # or its id could be another's
        if depth > DEEPEST or len(self._held) > MOST_NODES:
            return f"<{type(value).__name__}>"
        return f"{type(value).__qualname__}{self._inner(value, depth + 1)}"

    def _inner(self, value: Any, depth: int) -> str:
        kind = type(value)  # never what a proxy says of itself
        for kinds, describe in self._table():
            if issubclass(kind, kinds):
                return str(describe(value, depth))
        if issubclass(kind, Iterator):
            return self._items(value, depth)
        parts = self._state(value, depth)
        own = kind.__module__.split(".")[0] not in sys.stdlib_module_names
        return parts if parts or own else ADDRESS.sub("", repr(value))

    def _table(self) -> Iterable[tuple[Any, Any]]:
        return (
            (types.ModuleType, lambda value, depth: f" {value.__name__}"),
            (type, self._class),
            (types.FunctionType, self._function),
            (types.MethodType, lambda value, depth: self._many((value.__func__, value.__self__), depth)),
            (types.CodeType, self._code),
            (types.CellType, self._cell),
            (types.CoroutineType, self._coroutine),
            (BaseException, lambda value, depth: self._many((value.args, value.__cause__), depth)),
            (dict, lambda value, depth: self._many(dict.items(value), depth) + self._state(value, depth)),
            (list, lambda value, depth: self._many(list.__iter__(value), depth) + self._state(value, depth)),
            (tuple, lambda value, depth: self._many(tuple.__iter__(value), depth) + self._state(value, depth)),
            ((set, frozenset), lambda value, depth: str(sorted(self(item, depth) for item in list(value)))),
            ((io.StringIO, io.BytesIO), self._stream),
            (re.Pattern, lambda value, depth: self._many((value.pattern, value.flags), depth)),
            (str, lambda value, depth: str.__repr__(value)),
            (bytes, lambda value, depth: bytes.__repr__(value)),
            (int, lambda value, depth: int.__repr__(value)),
            (float, lambda value, depth: float.__repr__(value)),
        )

    def _many(self, values: Iterable[object], depth: int) -> str:
        return f"({', '.join([self(value, depth) for value in values])})"

    def _items(self, values: Iterator[object], depth: int) -> str:
        found = [self(value, depth) for value, _ in zip(values, range(MOST_ITEMS), strict=False)]
        return f"({', '.join(found)})"

    def _state(self, value: object, depth: int) -> str:
        own = dict(_attribute(value, "__dict__") or {})
        for name in _slots(type(value)):
            part = _attribute(value, name)
            if part is not None:
                own[name] = part
        return f"{{{', '.join(f'{name}: {self(part, depth)}' for name, part in own.items())}}}" if own else ""

    def _class(self, value: type, depth: int) -> str:
        if "<locals>" not in value.__qualname__:
            return f" {value.__module__}.{value.__qualname__}"
        inner = {name: part for name, part in vars(value).items() if name not in ("__dict__", "__weakref__")}
        return f" {value.__qualname__}" + self._many(inner.items(), depth)

    def _function(self, value: types.FunctionType, depth: int) -> str:
        return f" {value.__qualname__}" + self._many(
            (value.__code__, value.__defaults__, *(value.__closure__ or ())), depth
        )

    def _code(self, code: types.CodeType, depth: int) -> str:
        return self._many((code.co_code, code.co_names, code.co_varnames, code.co_consts), depth)

    def _stream(self, value: Any, depth: int) -> str:
        return " closed" if value.closed else self._many((value.getvalue(), value.tell()), depth)

    def _cell(self, cell: types.CellType, depth: int) -> str:
        try:
            return self._many((cell.cell_contents,), depth)
        except ValueError:
            return " empty"

    def _coroutine(self, value: Any, depth: int) -> str:
        """Driven to its first wait, or its end."""
        try:
            waits = value.send(None)
        except StopIteration as end:
            return self(end.value, depth)
        value.close()
        return f" waits for {type(waits).__name__}"


def _attribute(value: object, name: str) -> Any:
    """An attribute without the help of the value's own `__getattr__`; None for none."""
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return None


def _slots(kind: type) -> Iterator[str]:
    for above in kind.__mro__:
        names = above.__dict__.get("__slots__", ())
        for name in [names] if isinstance(names, str) else names:
            hidden = name.startswith("__") and not name.endswith("__")
            yield f"_{above.__name__.lstrip('_')}{name}" if hidden else name
