"""The environment the target's tests get: what tests need from a shell, and no secret of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tools.testing.interpreter import PLUGINS

PASSED = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "VIRTUAL_ENV",
                    "CONDA_PREFIX", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONIOENCODING", "PYTHONUTF8",
                    "DJANGO_SETTINGS_MODULE"})  # fmt: skip
PASSED_PREFIXES = ("LC_", "PYENV_")


def environment_for_tests(environ: Mapping[str, str], extra: Sequence[str] = ()) -> dict[str, str]:
    """The allowed part of `environ`, the names in `extra`, and what every run of ours sets."""
    names = PASSED.union(extra)
    env = {name: value for name, value in environ.items() if name in names or name.startswith(PASSED_PREFIXES)}
    env.pop("PYTEST_ADDOPTS", None)
    env["PYTHONPATH"] = ":".join(filter(None, [str(PLUGINS), env.get("PYTHONPATH", "")]))
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    env["PYTHONHASHSEED"] = "0"
    env["TMPDIR"] = "/tmp"
    return env
