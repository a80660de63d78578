# Everything below sets itself up in .venv: Python 3.11+, git and make are all it needs.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
BIN := .venv/bin

.PHONY: test demo bench browser format clean
test: .venv/ready  ## lint, types, layers, tests, the wheel, the docs' examples
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2

demo: .venv/ready  ## the main job from nothing, in a throw-away repository
	$(BIN)/planner demo

bench: .venv/ready  ## side-by-side measurements; needs an idle machine
	$(BIN)/python -m tests.benchmarks

# A browser and Mermaid for tests/render/test_browser.py, where they can be had; never a failure.
MERMAID := .venv/mermaid/node_modules/mermaid/dist/mermaid.min.js
APT := DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends
browser:  ## what the test of Mermaid's pictures needs
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	&& $(APT) chromium fonts-dejavu-core >/dev/null; } \
	|| echo "no browser: Mermaid's pictures are not tested" >&2
	@test -f $(MERMAID) \
	|| { command -v npm >/dev/null \
	&& npm install --prefix .venv/mermaid --no-save --ignore-scripts --no-audit --no-fund --loglevel=error mermaid@11.17.2; } \
	|| echo "no Mermaid: its pictures are not tested" >&2

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/ready: pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer on PATH; name one: make PYTHON=/path/to/python3" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv dist
