"""`regreen doctor`: what works here, in a table: interpreter, pytest, git, sandbox, model."""

from __future__ import annotations

from typing import Annotated, Any

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    python: Annotated[str | None, typer.Option(help="Interpreter of the tests.", metavar="PATH")] = None,
    endpoint: Annotated[
        bool, typer.Option("--endpoint", help="Try what the model's endpoint takes; this costs a few small requests.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="With --endpoint: a model's name or role.")] = None,
) -> int:
    """Report what regreen finds here and what is enforced."""
    from agent.cli.checkup import acts, checkup
    from agent.cli.output import print_json
    from agent.core.errors import UsageProblem

    if model is not None and not endpoint:
        raise UsageProblem("--model is for --endpoint", "`regreen models` tells what is known of each")
    told, row = _endpoint(model) if endpoint else ([], {})
    findings = checkup(python)
    if as_json:
        checks = [{"name": f.name, "ok": f.ok, "detail": f.detail} for f in findings]
        tried = [{"act": act.name, "enforced": act.is_prevented} for act in acts()]
        print_json({"checks": checks, "acts": tried, **row})
        return 0
    for finding in findings:
        print(f"{'ok ' if finding.ok else 'NO '} {finding.name:12} {finding.detail}")
    print("tests cannot:")
    for act in acts():
        print(f"    {'enforced    ' if act.is_prevented else 'NOT enforced'} {act.name}")
    print(*told, sep="\n", end="\n" if told else "")
    return 0


def _endpoint(model: str | None) -> tuple[list[str], dict[str, Any]]:
    """What was found at the endpoint, for people and as JSON."""
    from agent.cli.examine import examination_lines, examination_row, examine

    found = examine(model)
    return list(examination_lines(found)), {"endpoint": examination_row(found)}
