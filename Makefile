# `make` alone prints the targets.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
# Beside the environment, for the suites in fixtures/suites that use them: inside they would meddle with our own tests.
PLUGINS := coverage pytest-asyncio pytest-cov pytest-random-order pytest-randomly pytest-rerunfailures pytest-timeout

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint bench fuzz clean

help:  ## Print this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1\t\2/' | expand -t 9

setup: $(READY)  ## Make .venv with regreen and the tools to develop it

# The two files of the entry point are copied at the install, so a change of them asks for a new one.
$(READY): pyproject.toml agent/_entry.py agent/_main.py
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(VENV)/plugins $(PLUGINS)
	@PYTHONDONTWRITEBYTECODE= $(PY) -m pytest --collect-only -q tests/prompts >/dev/null  # byte code of pytest's plug-ins
	@touch $@

demo: $(READY)  ## Repair a small repository, offline and without a key
	@$(VENV)/bin/regreen demo

test: $(READY)  ## Run the whole test suite (ARGS='-k patch' for pytest's own options)
	@$(PY) -m pytest --numprocesses=auto --dist=loadgroup $(ARGS)

check: lint  ## Run the linter, the type checker and the quick tests
	@$(PY) -m pytest --numprocesses=auto --dist=loadgroup -m 'not slow' $(ARGS)

lint: $(READY)  ## Run the linter and the type checker
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/mypy

bench: $(READY)  ## Measure one question: NAME=startup, with QUICK=1 for a small sample
	@$(PY) -m benchmarks.run $(NAME) $(if $(QUICK),--quick)

fuzz: $(READY)  ## Fuzz for SECONDS=600: TARGET=apply, parse (patches), journal, config or tasks (installs atheris)
	@$(PY) -m pip install --quiet atheris
	@$(PY) -m tests.fuzz $(or $(TARGET),apply) -max_total_time=$(or $(SECONDS),600) -timeout=10

clean:  ## Remove .venv, built packages and caches
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find agent tools prompts tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
