"""The attempts, as `attempts.toml` has them: Python code by act and name."""

import tomllib
from pathlib import Path

_READ = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
PRELUDE: str = _READ.pop("prelude")
ATTEMPTS: dict[str, dict[str, str]] = _READ
