"""What each flag is about and how the author of a patch can answer it."""

from __future__ import annotations

ANSWERS = {
    "frames": "code that knows its caller can behave differently under test; pass what it needs as an argument",
    "memory": "code that searches its process can find and change test results; hold what is needed in variables",
    "hooks": "hooks of the interpreter can change what tests see; do without, or explain why the product needs them",
    "exit": "an end of the process can cut tests short; raise an error, or return",
    "test-framework": "product code that knows the test framework can please it; move this to the tests",
    "test-name": "product code that knows a test by name can please it; mend the behaviour for every input",
    "result-file": "product code that writes test results can forge them; leave them to the test run",
    "printed-result": "output that looks like a test report can be taken for one; choose other words",
    "planted": "the file changes how tests or Python start, wherever it came from; take it out of the patch",
    "test-configuration": "the tests must run as they did before the patch; take it out of the patch",
    "equality": "an object that is equal to anything passes every assertion; compare what makes two values equal",
    "replaced": "a replaced part of Python changes the tests as well; call a function of your own",
    "hidden-code": "what the code does cannot be read; write it out",
    "hidden-case": "a case for one input mends that input only; mend the behaviour for every input",
    "special-case": "a case for the test's own input mends that input only; add a test with other inputs to show more",
    "expected-value": "an answer copied from the test is right for that test only; compute it",
    "swallowed": "a failed check must be seen; let it through, or catch the error that is meant",
    "secret": "a patch is read by many; take the value from the environment, and replace it where it was in use",
    "broad-except": "everything is silent there, the failure too; catch the error that is meant",
}


def answer_to(code: str) -> str:
    """How to answer a flag; "" for a code that is not known."""
    return ANSWERS.get(code, "")
