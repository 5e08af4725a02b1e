"""What an endpoint was found to take of one model, kept for later runs: a file for each base URL and model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from agent.models.card import Api, ModelCard
from agent.models.facts import PARAMETERS
from tools.files import write_whole

VERSION = 1
VENDOR_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Profile:
    """Found by trying: `accepted` and `refused` are optional parameters, `images` None where that was not tried.

    `context_tokens` is what the endpoint says itself, None where it says nothing.
    """

    probed: date
    api: Api
    accepted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    context_tokens: int | None = None
    images: bool | None = None


def fitted(card: ModelCard, profile: Profile) -> ModelCard:
    """The card as this endpoint takes it. What the user's own file states stays."""
    own = {fact for source in card.sources if source.read is None for fact in source.facts}
    taken = tuple(
        name for name in PARAMETERS
        if name in profile.accepted or (name in card.parameters and name not in profile.refused)
    )  # fmt: skip
    found: dict[str, Any] = {"api": profile.api, "parameters": taken}
    if profile.context_tokens is not None:
        found["context_tokens"] = profile.context_tokens
    if profile.images is not None:
        found["modalities"] = ("text", "image") if profile.images else ("text",)
    return replace(card, **{name: value for name, value in found.items() if name not in own})


def profile_file(folder: Path, base_url: str, model: str) -> Path:
    """Where the profile of a model at an endpoint is kept."""
    url = urlsplit((base_url or VENDOR_URL).rstrip("/"))
    where = f"{url.scheme}://{url.netloc.rpartition('@')[2].lower()}{url.path}"
    return folder / f"{hashlib.sha256(f'{where} {model}'.encode()).hexdigest()[:16]}.json"


def read_profile(path: Path) -> Profile | None:
    """The profile in a file; None when there is none that can be read."""
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        if row["v"] != VERSION or row["api"] not in get_args(Api):
            return None
        known = {field.name: row[field.name] for field in fields(Profile)}
        lists = {name: tuple(map(str, row[name])) for name in ("accepted", "refused")}
        return Profile(**{**known, **lists, "probed": date.fromisoformat(row["probed"])})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def write_profile(path: Path, profile: Profile, model: str) -> None:
    """Keep a profile in place of an older one; OSError where nothing can be written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    row = {"v": VERSION, "model": model, **asdict(profile), "probed": profile.probed.isoformat()}
    write_whole(path, json.dumps(row, indent=1) + "\n")
