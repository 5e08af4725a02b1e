"""Where runs are kept: `<git common dir>/regreen/runs/<id>/`, outside git the state folder; `last` is the newest."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.core.errors import InfraFailure, UsageProblem
from agent.trace.journal import NAME


@dataclass(frozen=True, slots=True)
class RunStore:
    """The folder that holds the runs of one repository, whose common git folder is None outside git."""

    folder: Path
    common_dir: Path | None = None

    def new_run(self) -> tuple[str, Path]:
        """A new run's id and its folder; InfraFailure when nothing can be written there."""
        run_id = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        path = self.folder / run_id
        try:
            path.mkdir(parents=True, mode=0o700)
            self._name_last(run_id)
        except OSError as error:
            hint = "regreen keeps its journal and patches there; make it writable"
            raise InfraFailure(f"cannot write to {self.folder}: {error.strerror}", hint) from error
        return run_id, path

    def _name_last(self, run_id: str) -> None:
        fresh = self.folder / f".last-{os.getpid()}"
        fresh.write_text(f"{run_id}\n")
        fresh.replace(self.folder / "last")

    def ids(self) -> tuple[str, ...]:
        """All runs that have a journal, oldest first."""
        if not self.folder.is_dir():
            return ()
        return tuple(sorted(path.name for path in self.folder.iterdir() if (path / NAME).is_file()))

    def find(self, name: str) -> Path:
        """The folder of a run by id, by a unique beginning of it, or by `last`; UsageProblem when there is none."""
        wanted = self._last() if name == "last" else name
        found = [run_id for run_id in self.ids() if run_id == wanted] or [i for i in self.ids() if i.startswith(wanted)]
        if not wanted or len(found) != 1:
            hint = "`regreen runs` lists them" if self.ids() else "start one with `regreen fix`"
            what = f"{len(found)} runs begin with {name!r}" if found else f"no run {name!r} here"
            raise UsageProblem(what if self.ids() else "no run yet", hint)
        return self.folder / found[0]

    def _last(self) -> str:
        try:
            return (self.folder / "last").read_text().strip()
        except OSError:
            return ""


def run_store(common_dir: Path | None, environ: Mapping[str, str]) -> RunStore:
    """The store of a repository (its common git folder), or of the user outside git."""
    if common_dir is not None:
        return RunStore(common_dir / "regreen" / "runs", common_dir)
    return RunStore(state_folder(environ) / "runs")


def state_folder(environ: Mapping[str, str]) -> Path:
    """Where regreen keeps what belongs to no repository."""
    state = environ.get("XDG_STATE_HOME") or str(Path(environ.get("HOME") or "~").expanduser() / ".local" / "state")
    return Path(state) / "regreen"
