"""A run's journal told as a story: one event, one or a few lines."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from agent.report.bill import bill_lines
from agent.review.answers import answer_to
from agent.trace.journal import Event

Fields = Mapping[str, Any]
MAX_LINES = 40
WHO_DECIDES = (
    "whoever asked for the patch decides: `regreen apply --run` takes it as it is, `--accept plausible` exits with 0"
)
SET_ASIDE = {
    "flaky": "flaky",
    "unrelated": "unrelated",
    "broken": "broken",
    "waiting": "for later",
    "order_dependent": "red only after other tests",
    "sandbox_only": "red only in the sandbox",
}

WASTED = {
    "repeat": "calls made before",
    "shown": "reads of lines already shown",
    "looking": "steps of a long row that only looked",
    "undo": "edits back to an earlier state",
}


def tell(events: Iterable[Event]) -> Iterator[str]:
    """The story's lines; events it does not know are left out, and a missing end is said."""
    started: float | None = None
    ended = False
    calls, wasted = 0, Counter[str]()
    for event in events:
        calls += event.event == "tool_called"
        wasted.update([str(event.fields.get("kind"))] if event.event == "wasted" else [])
        started = event.time if started is None else started
        ended = event.event == "run_ended" or (ended and event.event != "resumed")
        if event.event not in TELLERS:
            continue
        first, *rest = _told(event) or [""]
        yield f"{event.time - started:7.1f} s  {first}"
        yield from (f"           {line}" for line in rest)
        if event.event == "run_ended" and wasted:
            yield f"           of {calls} calls these brought nothing: {_words_of(wasted)}"
    if not ended:
        yield "the run has not ended: it was stopped or is still going on"


def _told(event: Event) -> list[str]:
    """The lines of one event; a damaged one, or one of another version, is named alone."""
    try:
        return [str(line) for line in TELLERS[event.event](event.fields)]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return [f"{event.event}: not as this version writes it"]


def _words_of(wasted: Mapping[str, int]) -> str:
    return ", ".join(f"{wasted[kind]} {words}" for kind, words in WASTED.items() if wasted.get(kind))


def _wasted(fields: Fields) -> Iterator[str]:
    told = str(fields["told"]).partition(". ")[0]
    yield f"told: {told}" if told else f"brought nothing: {WASTED[fields['kind']]}"


def _compacted(fields: Fields) -> Iterator[str]:
    left_out = f"{fields['answers']} old answers" if fields["answers"] else "the code shown first"
    yield f"the conversation is shortened by {left_out}: {fields['before']:,} tokens become {fields['after']:,}"


def _run_started(fields: Fields) -> Iterator[str]:
    yield f"run {fields['run']} started: regreen {fields['version']}, model {fields['model']}"
    yield f"tests run by {fields['python']}; {fields['sandbox']}"
    if fields["issue"]:
        yield f"issue: {fields['issue'].splitlines()[0][:100]}"


def _manifest(fields: Fields) -> Iterator[str]:
    tree, packages = fields["base_tree"][:12], fields["packages_sha256"][:12]
    yield f"honest: tree {tree}, pytest {fields['pytest']}, packages {packages}"
    yield from (f"hidden from the tests: {copy}" for copy in fields["hidden"])
    yield from (f"not enforced: {sentence}" for sentence in fields["not_enforced"])


def _note(fields: Fields) -> Iterator[str]:
    yield fields["text"]


def _resumed(fields: Fields) -> Iterator[str]:
    yield f"went on: regreen {fields['version']}, model {fields['model']}"
    if fields["hint"]:
        yield f"hint: {fields['hint'].splitlines()[0][:100]}"


def _snapshot(fields: Fields) -> Iterator[str]:
    yield f"your tree was kept as commit {fields['commit'][:12]}"


def _baseline(fields: Fields) -> Iterator[str]:
    yield f"{fields['tests']} tests ran in {fields['seconds']} s; {len(fields['targets'])} to turn green"
    for name in fields["targets"][:10]:
        message = fields["failures"].get(name, "").splitlines()
        yield f"red: {name}" + (f"  ({message[0][:100]})" if message else "")
    for kind, words in SET_ASIDE.items():
        if fields.get(kind):
            yield f"set aside, {words}: {', '.join(fields[kind][:5])}"
    if not fields.get("whole", True):
        yield "the whole suite was not run"
    if fields.get("switched_off"):
        yield f"switched off but in the judge's run: {', '.join(fields['switched_off'])}"


def _suspects(fields: Fields) -> Iterator[str]:
    yield "suspects:"
    for row in fields["suspects"][:5]:
        yield f"{row['score']:.2f}  {row['path']}:{row['line']} in {row['function']}, {row['reason']}"


def _step_started(fields: Fields) -> Iterator[str]:
    yield f"step {fields['step']}: {fields['thought']}"


def _tool_called(fields: Fields) -> Iterator[str]:
    arguments = {name: value for name, value in fields["arguments"].items() if name != "patch"}
    yield f"calls {fields['name']}" + (f" {arguments}" if arguments else "")
    yield from str(fields["arguments"].get("patch", "")).splitlines()[:MAX_LINES]


def _observed(fields: Fields) -> Iterator[str]:
    lines = fields["text"].splitlines()
    shown = lines[:1] if fields["ok"] else lines[:6]
    yield from (
        f"{'ok' if fields['ok'] else fields['code'] or 'no'}: {line}" if n == 0 else line
        for n, line in enumerate(shown)
    )


def _patch_accepted(fields: Fields) -> Iterator[str]:
    yield f"the target tests pass with it; kept as {fields['ref']}"


def _combined(fields: Fields) -> Iterator[str]:
    yield f"{fields['solved']} of {fields['groups']} groups of failing tests solved; their patches as one:"
    yield from str(fields["patch"]).splitlines()[:MAX_LINES]


def _judged(fields: Fields) -> Iterator[str]:
    yield f"judged: {fields['status']}"
    yield from fields["evidence"]
    yield from _flags(fields.get("flags", []))
    for rival in fields["rivals"]:
        yield f"rival: {rival['sentence']}; {rival['example']}"


def _flags(flags: Sequence[Fields]) -> Iterator[str]:
    """Each code with its places, why it keeps the patch from being proved, and how its author can answer."""
    for code in dict.fromkeys(flag["code"] for flag in flags):
        answer = answer_to(code)
        yield f"not proved for {code}: {answer.why}"
        for flag in (flag for flag in flags if flag["code"] == code):
            yield f"  {flag['path']}:{flag['line']}: {flag['sentence']}"
            yield from [f"    | {flag['source']}"] if flag.get("source") else []
        yield f"  instead: {answer.instead}"
        yield f"  if it is meant: {answer.meant}"
    if flags:
        yield f"  {WHO_DECIDES}"


def _user_said(fields: Fields) -> Iterator[str]:
    yield f"the user said: {fields['text']}"


def _user_answered(fields: Fields) -> Iterator[str]:
    yield f"the user was asked: {fields['question']}"
    yield f"answered: {fields['answer'] or 'nothing'}"


def _run_ended(fields: Fields) -> Iterator[str]:
    yield f"{fields['status']} after {fields['seconds']} s"
    if fields["status"] not in ("proved", "plausible"):
        yield fields["reason"]
    yield from bill_lines(fields.get("bill", ()), fields.get("usd_per_proved"))


TELLERS: dict[str, Callable[[Fields], Iterator[str]]] = {
    "run_started": _run_started,
    "manifest": _manifest,
    "note": _note,
    "resumed": _resumed,
    "snapshot": _snapshot,
    "baseline": _baseline,
    "suspects": _suspects,
    "step_started": _step_started,
    "tool_called": _tool_called,
    "observed": _observed,
    "patch_accepted": _patch_accepted,
    "judged": _judged,
    "user_said": _user_said,
    "user_answered": _user_answered,
    "wasted": _wasted,
    "compacted": _compacted,
    "combined": _combined,
    "run_ended": _run_ended,
}


def headline(events: Iterable[Event]) -> dict[str, str]:
    """A run in one row: when it started, how it ended, what it was about."""
    row = {"started": "", "status": "not ended", "about": ""}
    for event in events:
        if event.event == "run_started":
            row["started"] = _when(event.time)
        if event.event == "baseline":
            targets = event.fields.get("targets")
            first, *more = targets if isinstance(targets, list) and targets else [""]
            row["about"] = f"{first} and {len(more)} more" if more else str(first)
        if event.event == "resumed":
            row["status"] = "not ended"
        if event.event == "run_ended":
            row["status"] = str(event.fields.get("status"))
    return row


def _when(seconds: float) -> str:
    """A moment as people write it; "" for one that no calendar has."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return ""


def offered_patch(events: Iterable[Event]) -> str:
    """The last patch a run judged proved or plausible, or all of them as one; "" when there is none.

    One that passes only with its edits of tests is offered with them.
    """
    offered = accepted = tests = ""
    for event in events:
        if event.event == "patch_accepted":
            accepted, tests = str(event.fields.get("patch", "")), str(event.fields.get("test_patch", ""))
        if event.event == "judged" and event.fields.get("status") in ("proved", "plausible"):
            offered = accepted if event.fields.get("resolved", True) else accepted + tests
        if event.event == "combined":
            offered = str(event.fields.get("patch", ""))
    return offered
