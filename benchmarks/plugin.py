"""What do our plug-ins cost a run of tests? Processor time over plain pytest on 200 small tests; peer: its JUnit XML.

Ours are loaded as every run loads them, without a sandbox. In each round each command runs once, in turn; a figure is
the median over the rounds of the difference to plain pytest in the same round.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks._result import Result, at_most
from tools.testing.environment import environment_for_tests
from tools.testing.run import new_key, plugin_flags

TESTS, ROUNDS, QUICK_ROUNDS = 200, 40, 5
GOAL_MS = 30.0
Argv = Sequence[str]


def measure(*, quick: bool) -> Result:
    """Run the same tests plainly, with our plug-ins, and with JUnit XML, in turns."""
    with tempfile.TemporaryDirectory(prefix="regreen-plugin-") as folder:
        home = Path(folder).resolve()
        write_tests(home / "tree")
        commands = _commands(home)
        for argv, env in commands.values():
            _cpu_ms(argv, env, home / "tree")  # compiles what is not compiled yet
        rounds = [
            {name: _cpu_ms(argv, env, home / "tree") for name, (argv, env) in commands.items()}
            for _ in range(QUICK_ROUNDS if quick else ROUNDS)
        ]
    over = {name: statistics.median(times[name] - times["plain"] for times in rounds) for name in commands}
    figures = {f"{name}_over_plain_ms": round(ms, 1) for name, ms in over.items() if name != "plain"}
    figures["plain_ms"] = round(statistics.median(times["plain"] for times in rounds), 1)
    for name, figure in figures.items():
        print(f"{name:26}{figure:8}")
    return Result(figures, {"ours_over_plain_ms": at_most(figures["ours_over_plain_ms"], GOAL_MS)})


def write_tests(tree: Path) -> None:
    """TESTS small tests in ten files."""
    tree.mkdir()
    each = TESTS // 10
    for number in range(10):
        tests = "".join(f"def test_{n}():\n    assert {n} + 1 == {n + 1}\n\n" for n in range(each))
        (tree / f"test_{number}.py").write_text(tests)


def _commands(home: Path) -> dict[str, tuple[Argv, Mapping[str, str]]]:
    env = environment_for_tests({"PATH": os.environ["PATH"]})
    plain = [sys.executable, "-m", "pytest", "-q", "-o", f"cache_dir={home / 'cache'}"]
    records = home / "records"
    records.mkdir()
    variables = {
        "REGREEN_RESULTS": str(records / "results.jsonl"),
        "REGREEN_CALM": str(records / "calm.json"),
        "REGREEN_TRACE_ROOT": str(home / "tree"),
        "REGREEN_KEY": new_key(),
    }
    return {
        "plain": (plain, env),
        "ours": ([*plain, *plugin_flags(trace=False, lab=False)], {**env, **variables}),
        "junit_xml": ([*plain, f"--junitxml={records / 'junit.xml'}"], env),
    }


def _cpu_ms(argv: Argv, env: Mapping[str, str], cwd: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, env=dict(env), cwd=cwd, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
