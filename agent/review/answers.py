"""What each flag is about, what to write instead, and what shows that it is meant: for the author of a patch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """Why a code keeps a patch from being proved, what to do `instead`, and what to show whoever decides if it is
    `meant`: each a part of a sentence.
    """

    why: str
    instead: str
    meant: str


ANSWERS = {
    "frames": Answer(
        "code that knows its caller can behave differently under test",
        "pass what it needs as an argument",
        "say which caller outside of the tests needs it, and test the code called from two places",
    ),
    "memory": Answer(
        "code that searches its process can find and change test results",
        "hold what is needed in variables of its own",
        "say what it looks for, and that this is no module of the tests",
    ),
    "hooks": Answer(
        "hooks of the interpreter can change what tests see",
        "do without a hook",
        "say why the product needs it and when it is taken away again, and test that it is",
    ),
    "exit": Answer(
        "an end of the process can cut tests short",
        "raise an error, or return",
        "put it into the program's main part, or say who needs the exit code",
    ),
    "test-framework": Answer(
        "product code that knows the test framework can please it",
        "move this to the tests",
        "say that the package is made for tests, and who uses it there",
    ),
    "test-name": Answer(
        "product code that knows a test by name can please it",
        "mend the behaviour for every input",
        "say what else the name means in the product",
    ),
    "result-file": Answer(
        "product code that writes test results can forge them",
        "leave them to the test run, or choose another file",
        "say what reads the file, and that it is no part of this test run",
    ),
    "printed-result": Answer(
        "output that looks like a test report can be taken for one",
        "choose other words",
        "say what prints reports in the product",
    ),
    "planted": Answer(
        "the file changes how tests or Python start, wherever it came from",
        "take it out of the patch",
        "send it as a change of its own, which somebody reads",
    ),
    "test-configuration": Answer(
        "the tests must run as they did before the patch",
        "take it out of the patch",
        "send it as a change of its own, and show the tests green without it",
    ),
    "equality": Answer(
        "an object that is equal to anything passes every assertion",
        "compare what makes two values equal",
        "add a test in which two of these objects differ",
    ),
    "replaced": Answer(
        "a replaced part of Python changes the tests as well",
        "call a function of your own",
        "say who relies on it, and when the old one is put back",
    ),
    "hidden-code": Answer(
        "what the code does cannot be read",
        "write it out",
        "say what the name or text can be at run time, and test each",
    ),
    "hidden-case": Answer(
        "a case for one input mends that input only",
        "mend the behaviour for every input",
        "write the value itself instead of its hash, and say where it comes from",
    ),
    "special-case": Answer(
        "a case for the test's own input mends that input only",
        "mend the behaviour for every input",
        "add a test with other inputs that need the case, or name the rule it comes from",
    ),
    "expected-value": Answer(
        "an answer copied from the test is right for that test only",
        "compute it",
        "add a test with another answer, or say where the constant comes from",
    ),
    "swallowed": Answer(
        "a failed check must be seen",
        "let it through, or catch the error that is meant",
        "say which check is expected to fail there, and test what happens then",
    ),
    "secret": Answer(
        "a patch is read by many",
        "take the value from the environment, and replace it where it was in use",
        "say that it is an example, and write one that cannot be mistaken",
    ),
    "broad-except": Answer(
        "everything is silent there, the failure too",
        "catch the error that is meant, or log it",
        "add a test in which an error nobody thought of is still seen",
    ),
}
UNKNOWN = Answer("it is flagged by another version of regreen", "see the line", "say what it is for")


def answer_to(code: str) -> Answer:
    """How to answer a flag; of a code that is not known only that there is one."""
    return ANSWERS.get(code, UNKNOWN)
