# Everything below sets itself up in .venv: Python 3.11+, git and make are all it needs.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
BIN := .venv/bin

.PHONY: help quick test lint demo bench bench-slicing changelog site browser format clean
test: lint  ## everything: the lint below and all tests, five minutes on two cores
	$(BIN)/python -m pytest -q -n 2

quick: lint  ## the lint below and the tests that are not marked slow, within a minute
	$(BIN)/python -m pytest -q -n 2 -m "not slow"

lint: .venv/ready  ## ruff, mypy and the layers of the imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready  ## fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: .venv/ready  ## the main job from nothing, in a throw-away repository
	$(BIN)/planner demo

bench: .venv/ready  ## side-by-side measurements; needs an idle machine
	$(BIN)/python -m tests.benchmarks

bench-slicing: .venv/ready  ## score `planner slice` on local clones: make bench-slicing REPOS="DIR DIR"
	$(BIN)/python -m tests.benchmarks.slicing $(REPOS)

changelog: .venv/ready  ## print the changelog of the next release; writes nothing
	$(BIN)/towncrier build --draft

site: .venv/ready  ## build the documentation as a site, in build/site
	$(BIN)/python -m mkdocs build --quiet --strict

browser:  ## what tests in a browser and an editor need; asks before it installs system packages
	@.ci/npm
	@.ci/browser

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' Makefile

.venv/ready: pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer on PATH; name one: make PYTHON=/path/to/python3" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:  ## remove the environment and what was built
	rm -rf .venv build dist
