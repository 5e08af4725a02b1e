"""`regreen doctor`: what works here, in a table: interpreter, pytest, git, sandbox, model."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    python: Annotated[str | None, typer.Option(help="Interpreter of the tests.", metavar="PATH")] = None,
) -> int:
    """Report what regreen finds here and what is enforced."""
    from agent.cli.checkup import acts, checkup
    from agent.cli.output import print_json

    findings = checkup(python)
    if as_json:
        checks = [{"name": f.name, "ok": f.ok, "detail": f.detail} for f in findings]
        print_json({"checks": checks, "acts": [{"act": act.name, "enforced": act.is_prevented} for act in acts()]})
        return 0
    for finding in findings:
        print(f"{'ok ' if finding.ok else 'NO '} {finding.name:12} {finding.detail}")
    print("tests cannot:")
    for act in acts():
        print(f"    {'enforced    ' if act.is_prevented else 'NOT enforced'} {act.name}")
    return 0
