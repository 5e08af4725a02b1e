"""From `owner/name` to the local clone, its interpreter and its test command; nothing is ever downloaded."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.core.errors import UsageProblem
from agent.core.task import Task

SETTINGS = ("path", "python", "test_command")


@dataclass(frozen=True, slots=True)
class Clones:
    """A folder of clones, or one clone; `settings` says more about some of them, by `owner/name`."""

    folder: Path
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, task: Task) -> Path:
        """The clone of a task's repository; UsageProblem where there is none."""
        named = self.settings.get(task.repo, {}).get("path")
        found = [path for path in self._places(task.repo, named) if (path / ".git").exists()]
        if found:
            return found[0]
        where = f"{self.folder / task.repo}" if task.repo else f"{self.folder}"
        hint = "clone it there, name the folder of the clones with --repos, or its path in regreen.toml"
        raise UsageProblem(f"no clone of {task.repo or 'the repository'} at {named or where}", hint)

    def flags_of(self, task: Task) -> dict[str, str]:
        """Interpreter and test command: what the task says, else what the settings say."""
        said = self.settings.get(task.repo, {})
        own = {"python": task.python, "test_command": shlex.join(task.test_command)}
        return {name: own[name] or said[name] for name in own if own[name] or said.get(name)}

    def _places(self, repo: str, named: str | None) -> list[Path]:
        if named:
            return [(self.folder / named).expanduser()]
        parts = repo.split("/") if repo else []
        if not parts or ".." in parts:
            return [self.folder]
        below = [self.folder.joinpath(*parts), self.folder / "__".join(parts), self.folder / parts[-1]]
        return [*below, *([self.folder] if self.folder.resolve().name in (parts[-1], "__".join(parts)) else [])]


def load_clones(folder: Path, configured_in: Path) -> Clones:
    """Clones below a folder, with the `[batch.repos."owner/name"]` tables of a regreen.toml, if there is one."""
    if not folder.is_dir():
        raise UsageProblem(f"no such folder: {folder}", "name the folder that holds the clones with --repos")
    file = configured_in / "regreen.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("batch", {})
    except FileNotFoundError:
        return Clones(folder)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{file}: not valid TOML: {error}", "mend or remove the file") from error
    repos = table.get("repos", {}) if isinstance(table, dict) else {}
    for name, said in repos.items() if isinstance(repos, dict) else ():
        if not isinstance(said, dict) or not all(key in SETTINGS and isinstance(said[key], str) for key in said):
            raise UsageProblem(f"{file}: [batch.repos.{name!r}] is wrong", f"it takes texts: {', '.join(SETTINGS)}")
    return Clones(folder, repos if isinstance(repos, dict) else {})
