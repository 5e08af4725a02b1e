"""Each template on small examples: `templates/NAME.txt` holds code, a marked line, and all that line may become."""

from pathlib import Path

import pytest

from agent.repair.source import Module
from agent.repair.templates import PRIORS, TEMPLATES, candidates

EXAMPLES = Path(__file__).parent / "templates"


def read_examples(name: str) -> list[tuple[str, list[str]]]:
    """The code and the expected results of each example; `>` marks the line, and the first line of each result."""
    examples = []
    for example in (EXAMPLES / f"{name}.txt").read_text(encoding="utf-8").split("====\n"):
        code, _, results = example.partition("----\n")
        examples.append((code, [result.removesuffix("\n") for result in f"\n{results}".split("\n>")[1:]]))
    return examples


def rewritten(name: str, code: str) -> list[str]:
    """What the marked line becomes under each candidate of one template, in order."""
    lines = code.splitlines()
    marked = next(number for number, line in enumerate(lines, start=1) if line.startswith(">"))
    text = "".join(f"{line.removeprefix('>')}\n" for line in lines)
    below = len(lines) - marked
    results = []
    for candidate in candidates(Module.parse("m.py", text), {marked}):
        if candidate.template == name:
            edit = candidate.edit
            result = f"{text[: edit.start]}{edit.text}{text[edit.end :]}".splitlines()
            results.append("\n".join(result[marked - 1 : len(result) - below]))
    return results


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_makes_exactly_the_edits_of_its_examples(name: str) -> None:
    examples = read_examples(name)
    assert [(code, rewritten(name, code)) for code, _ in examples] == examples


def test_with_a_longer_reach_templates_think_of_more() -> None:
    names = "".join(f"    name_{number} = {number}\n" for number in range(40))
    module = Module.parse("m.py", f"def f(wanted):\n{names}    return call(wanted)\n")

    def variables(reach: int) -> int:
        return sum(one.template == "variable" for one in candidates(module, {42}, reach))

    assert (variables(1), variables(4)) == (14, 40)


def test_every_template_has_examples_and_a_prior() -> None:
    assert {path.stem for path in EXAMPLES.iterdir()} == set(TEMPLATES) == set(PRIORS)
    assert all(0 < prior <= 1 for prior in PRIORS.values())


def test_destructive_templates_have_the_lowest_priors() -> None:
    lowest = sorted(PRIORS, key=lambda name: PRIORS[name])[:3]
    assert lowest == ["condition-constant", "deletion", "operand-drop"]


def test_a_candidate_tells_its_template_line_and_change() -> None:
    first = next(candidates(Module.parse("pkg/m.py", "x = 1\nok = x < 5\n"), {2}))
    assert (first.template, first.line, first.sentence) == ("augmented-assignment", 2, "`=` becomes `+=`")
    boundary = max(candidates(Module.parse("pkg/m.py", "if x < y: pass\n"), {1}), key=lambda found: found.prior)
    assert (boundary.edit.path, boundary.sentence, boundary.prior) == ("pkg/m.py", "`<` becomes `<=`", 0.30)


def test_an_edit_found_twice_carries_the_likelier_template() -> None:
    code = "class A:\n    def f(self, size):\n        return self.size\n"
    found = [one for one in candidates(Module.parse("m.py", code), {3}) if one.edit.text == "size"]
    assert [one.template for one in found] == ["missing-self"]


def test_a_built_in_function_is_seldom_one_of_the_programs() -> None:
    module = Module.parse("m.py", "def one(x): ...\ndef two(x): ...\ndef f(x):\n    return len(one(x))\n")
    prior = {one.edit.text: one.prior for one in candidates(module, {4}) if one.template == "call-target"}
    assert 0 < 2 * prior["one"] < min(prior["sum"], prior["two"])
