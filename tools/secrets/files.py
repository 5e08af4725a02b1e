"""Files that hold secrets by their name, and what the user names beside them: nothing reads them for a model."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import PurePosixPath

from tools.errors import PatchError, ToolError
from tools.patch import FilePatch, parse_patch

SECRET_FILES = (
    ".env", ".env.*", "*.env", ".envrc", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore",
    "*.kdbx", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".netrc", "_netrc", ".pypirc", ".npmrc",
    ".pgpass", ".git-credentials", ".htpasswd", "credentials", "credentials.json", "credentials.toml",
    "secrets.json", "secrets.y*ml", "secrets.toml", "secrets.ini", "service-account*.json",
    "client_secret*.json", "terraform.tfstate", "*.tfvars", ".dockercfg", "kubeconfig",
)  # fmt: skip
OPEN = ("*.example", "*.sample", "*.template", "*.dist", "*.pub", "example.env", "sample.env", "template.env")


def is_secret_file(path: str, denied: Iterable[str] = ()) -> bool:
    """Whether a file of the repository is never shown; `denied` are the user's own patterns of paths or names."""
    pure = PurePosixPath(path)
    if any(_is_like(pure, pattern) for pattern in denied):
        return True
    name = pure.name.lower()
    return any(fnmatch(name, pattern) for pattern in SECRET_FILES) and not any(fnmatch(name, open_) for open_ in OPEN)


def refuse_secret_file(path: str, denied: Iterable[str] = ()) -> None:
    """Raise ToolError `secret-file` for a file that is never shown."""
    if is_secret_file(path, denied):
        raise ToolError(
            "secret-file",
            f"{path} may hold secrets and is not read",
            "work without it; its path and name are all there is",
        )


def readable_patch(text: str, denied: Iterable[str] = ()) -> tuple[FilePatch, ...]:
    """The files of a patch; PatchError `secret-file` where it names one whose lines a refusal would show."""
    patches = tuple(parse_patch(text))
    for name in (name for patch in patches for name in (patch.source_file, patch.target_file) if name):
        if is_secret_file(name, denied):
            raise PatchError("secret-file", f"{name} may hold secrets and is not patched", "leave it alone", path=name)
    return patches


def _is_like(path: PurePosixPath, pattern: str) -> bool:
    pattern = pattern.removeprefix("./").rstrip("/")
    above = [str(path), *(str(folder) for folder in path.parents), path.name]
    return any(fnmatch(part, pattern) for part in above)
