"""The table of damage classes: what each does, in which formats, and where it was seen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from benchmarks._patch import damage_files as files
from benchmarks._patch import damage_lines as lines
from benchmarks._patch import damage_text as texts
from benchmarks._patch import hostile, steps
from benchmarks._patch.choosing import Step, on_a_file, on_a_hunk, on_every_hunk
from benchmarks._patch.damage_text import TextStep
from benchmarks._patch.values import FORMS, Category, Form

DIFF: tuple[Form, ...] = ("unified",)
V4A: tuple[Form, ...] = ("v4a",)
MARKED: tuple[Form, ...] = ("unified", "v4a")
NAMED: tuple[Form, ...] = ("unified", "search")


@dataclass(frozen=True, slots=True)
class Damage:
    """One class; `cap` is the most that may be asked of its cases, `want` the only category it keeps."""

    steps: tuple[Step, ...] = ()
    texts: tuple[TextStep, ...] = ()
    forms: tuple[Form, ...] = FORMS
    cap: Category = "enough"
    want: Category | None = None
    context: int | None = None
    """Lines of context; None leaves it to chance."""
    spaces: bool = False
    """Trailing spaces of the outcome do not count."""


REPEATED = on_a_file(files.repeated)
BARE = steps.header("bare")

# Each class beside where it was seen: issues and pull requests as owner/repository#number. Those without one model
# what can be watched any day: the class says it.
DAMAGES: Mapping[str, Damage] = {
    "clean": Damage(),
    # Headers. aider.chat/docs/unified-diffs.html: models are bad at line numbers, so its format does without.
    "wrong-line-numbers": Damage((steps.misnumbered,), forms=DIFF),
    "wrong-counts": Damage(texts=(texts.wrong_counts,), forms=DIFF),  # 3SVS/simsa#60, bitcoin/bitcoin#35520
    "bare-header": Damage((BARE,), forms=DIFF),  # aider's udiff prompt asks for it
    "dots-header": Damage((steps.header("dots"),), forms=DIFF),  # Aider-AI/aider#4055
    "function-header": Damage((steps.header("function"),), forms=DIFF),  # two dialects mixed: holon-run/holon#2741
    "zero-context": Damage((on_every_hunk(lines.without_context),), forms=DIFF),  # kpdecker/jsdiff#159
    # What stands around the patch.
    "fence-and-prose": Damage(texts=(texts.fenced,)),  # openai/codex#35361
    "heredoc": Damage(texts=(texts.heredoc,), forms=MARKED),  # openai/codex#993, anomalyco/opencode#43389
    "whole-indented": Damage(texts=(texts.indented,)),  # projectbluefin/lab#1015
    "stripped-text": Damage(texts=(texts.stripped,)),  # kpdecker/jsdiff#690
    "crlf-patch": Damage(texts=(texts.crlf,)),  # QwenLM/qwen-code#2474
    # Names. ./x is what find and grep print.
    "no-prefixes": Damage((steps.no_prefixes,), forms=DIFF),  # aider's udiff prompt asks for it
    "dot-slash": Damage((steps.name_style("dot"),)),
    "basename": Damage((steps.name_style("base"),)),  # Aider-AI/aider#898, #1159, #1191
    "basename-twice": Damage((steps.namesake, steps.name_style("base")), want="must_refuse"),  # Aider-AI/aider#1723
    "path-in-prose": Damage((steps.name_style("prose"),), forms=NAMED),
    # White space and punctuation.
    "trailing-space-lost": Damage((on_a_file(files.trailing_space_lost),), spaces=True),  # xyTom/coding-tools-mcp#50
    "trailing-space-added": Damage((on_every_hunk(lines.trailing_space_added),), spaces=True),
    "tabs-for-spaces": Damage((on_every_hunk(lines.tabs_for_spaces),)),  # charmbracelet/crush#3452
    "spaces-for-tabs": Damage(
        (on_a_file(files.tabs_in_file),)
    ),  # anthropics/claude-code#26996, open-octo/octo-agent#596
    "indent-shift": Damage((on_a_hunk(lines.shifted),)),  # holon-run/holon#2741
    "curly-in-patch": Damage((on_a_hunk(lines.curly_punctuation),)),  # openai/codex#610
    "curly-in-file": Damage((on_a_file(files.curly_in_file),)),  # openai/codex#610, anomalyco/opencode#32216
    "bare-blank-context": Damage(texts=(texts.bare_blanks,), forms=MARKED),  # use-agent-os/agent-os#1577
    "lost-space-prefix": Damage(texts=(texts.lost_prefixes,), forms=MARKED),
    # What is quoted.
    "elided-context": Damage((on_a_hunk(lines.elided),), context=8),  # aider.chat/docs/unified-diffs.html: lazy coding
    "omitted-context": Damage((on_a_hunk(lines.omitted),)),  # Aider-AI/aider#490
    "misquoted-context": Damage((on_a_hunk(lines.misquoted_context),)),  # Aider-AI/aider#827, holon-run/holon#2741
    "misquoted-removed": Damage((on_a_hunk(lines.misquoted_removed),)),  # Aider-AI/aider#827
    "misquoted-twice": Damage((on_a_hunk(lines.misquoted_twice),)),  # holon-run/holon#2741
    "restated-line": Damage((on_a_hunk(lines.restated),)),
    "added-before-removed": Damage((on_every_hunk(lines.added_before_removed),), forms=MARKED),
    "one-sided-context": Damage((on_every_hunk(lines.one_sided),)),  # Aider-AI/aider#685
    "bare-change": Damage((on_every_hunk(lines.bare),)),  # Aider-AI/aider#685
    # The file is not what the patch takes it for.
    "no-final-newline": Damage((on_a_file(files.no_final_newline),), spaces=True),
    "crlf-file": Damage((on_a_file(files.crlf),)),  # langchain-ai/deepagents#2879, earendil-works/pi#360
    "byte-order-mark": Damage((on_a_file(files.bom),)),  # NousResearch/hermes-agent#35278
    "stale-file": Damage((on_a_file(files.stale),)),  # holon-run/holon#2741: its own edits forgotten
    "lines-came-in": Damage((on_a_file(files.lines_above),)),
    # Order.
    "reordered-hunks": Damage((steps.reordered,)),  # minorcell/memo-code#132
    "duplicated-hunk": Damage((steps.duplicated,), cap="may_refuse"),  # aider's udiff coder drops repeats
    # Anchors. The format's guide asks for stacked ones: openai/codex#7619, openai/openai-agents-python#4369.
    "anchor": Damage((steps.anchors("one"),), forms=V4A),
    "stacked-anchors": Damage((steps.anchors("stacked", least=2),), forms=V4A),
    "short-anchor": Damage((steps.anchors("short"),), forms=V4A),  # `@@ class A` for `class A(B):`, as the guide writes
    "wrong-anchor": Damage((steps.anchors("wrong"),), forms=V4A, cap="may_refuse"),  # minorcell/memo-code#132
    # The hunk's text stands in the file more than once: openclaw/openclaw#124470, openai/openai-agents-python#4369.
    "repeated-numbers": Damage((REPEATED,), forms=DIFF, want="enough"),
    "repeated-drift": Damage((on_a_file(files.repeated_below_new_lines),), forms=DIFF),
    "repeated-function-header": Damage((REPEATED, steps.header("function")), forms=DIFF, want="enough"),
    "repeated-anchor": Damage((REPEATED, steps.anchors("one")), forms=V4A, want="enough"),
    "repeated-stacked": Damage((REPEATED, steps.anchors("stacked", least=2)), forms=V4A, want="enough"),
    "repeated-wrong-numbers": Damage((REPEATED, steps.misnumbered), forms=DIFF),
    "repeated-no-numbers": Damage((REPEATED, BARE), forms=DIFF, want="must_refuse"),
    "repeated-plain": Damage((REPEATED,), forms=("v4a", "search"), want="must_refuse"),
    # Only a refusal is right.
    "truncated": Damage(texts=(texts.truncated,), cap="must_refuse"),  # robertpiosik/CodeWebChat#417
    "parent-path": Damage((hostile.parent_path,), cap="must_refuse"),  # openclaw/openclaw#16405, also the next two
    "absolute-path": Damage((hostile.absolute_path,), cap="must_refuse"),
    "linked-folder": Damage((hostile.linked_folder,), cap="must_refuse"),
    "git-folder": Damage((hostile.git_folder,), cap="must_refuse"),  # a hook written is code run
    "null-device": Damage((hostile.null_device,), cap="must_refuse"),
    "create-over-a-file": Damage((hostile.over_a_file,), cap="must_refuse"),  # SWE-agent/SWE-agent#702
    "binary-file": Damage((hostile.binary,), cap="must_refuse"),
    "already-applied": Damage((hostile.already_applied,), cap="must_refuse"),  # oven-sh/bun#38885
    "no-change": Damage((hostile.no_change,), cap="must_refuse"),  # use-agent-os/agent-os#2084
    "contradictory": Damage((hostile.contradictory,), cap="must_refuse"),
    # Several at once.
    "two-light": Damage(),
    "three-light": Damage(),
}

# Light damages by what they touch, in the order in which they are done; one of a group at most.
LIGHT: tuple[tuple[str, ...], ...] = (
    ("crlf-file", "byte-order-mark", "stale-file", "lines-came-in", "trailing-space-lost"),
    ("trailing-space-added", "curly-in-patch", "restated-line", "one-sided-context", "indent-shift", "tabs-for-spaces"),
    ("no-prefixes", "dot-slash", "basename"),
    ("wrong-line-numbers", "wrong-counts", "bare-header", "dots-header"),
    ("bare-blank-context", "lost-space-prefix"),
    ("fence-and-prose", "heredoc", "whole-indented", "stripped-text", "crlf-patch"),
)
COMBINED = {"two-light": 2, "three-light": 3}


def damage_named(name: str, form: Form, chance: Random) -> Damage:
    """The class's damage; for a combination, light ones picked by chance."""
    if name not in COMBINED:
        return DAMAGES[name]
    groups = [[light for light in group if form in DAMAGES[light].forms] for group in LIGHT]
    fitting = [group for group in groups if group]
    picked = sorted(chance.sample(range(len(fitting)), COMBINED[name]))
    parts = [DAMAGES[chance.choice(fitting[at])] for at in picked]
    return replace(
        Damage(),
        steps=tuple(step for part in parts for step in part.steps),
        texts=tuple(text for part in parts for text in part.texts),
        spaces=any(part.spaces for part in parts),
    )
