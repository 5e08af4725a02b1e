"""Runs one benchmark: `python -m benchmarks.run NAME [--quick]`. Its last line on stdout is one JSON object."""

import argparse
import importlib
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py") if path.stem != Path(__file__).stem)


def main() -> None:
    """Read the command line, measure, and print the result."""
    parser = argparse.ArgumentParser(prog="benchmarks.run", description="Measure one question about regreen.")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--quick", action="store_true", help="a small sample, in under a minute")
    arguments = parser.parse_args()
    benchmark = importlib.import_module(f"benchmarks.{arguments.name}")
    print(benchmark.measure(quick=arguments.quick).to_json(arguments.name))


if __name__ == "__main__":
    main()
