# `make` alone lists what there is. Everything sets itself up: Python 3.11+ and make are enough.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready

# Tests start the program hundreds of times; without compiled modules each start compiles them again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all test-lowest test-newest test-pythons pictures check lint types imports documents docs man screenshots bench bench-quick fuzz campaign pins sbom audit formula clean

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv with the pinned versions

$(STAMP): pyproject.toml tests/constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "segops-tui needs Python 3.11 or newer; try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "Setting up $(VENV) (once) …" >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement tests/constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## Open the console on the sandbox; without a terminal, do the same job headless
	@$(BIN)/segops-tui demo

# Some tests wait for programs that they start, and on a busy machine more workers get a larger share: beside
# two endless loops on two cores, 10 got 1.58 cores, 20 got 1.71 and 28 no more. Each is a fork, which costs little.
WORKERS = $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 2) + 18)')

test: setup ## Run the tests
	@$(BIN)/python -m pytest --workers $(WORKERS) -q -m "not pictures and not thorough"

test-all: setup ## Run the tests with every case they sample, and ten times as many random examples
	@$(BIN)/python -m pytest --workers $(WORKERS) -q -m "not pictures" --hypothesis-profile=thorough

pictures: setup ## Draw every scene of the console and compare it with its baseline
	@$(BIN)/python -m pytest --workers $(WORKERS) -q -m pictures tests/tui/test_looks.py

test-lowest: ## Smoke tests with the lowest versions that pyproject.toml allows
	@$(PYTHON) tests/tools/environments.py lowest

test-newest: ## Smoke tests with the newest versions there are (not in CI: they change by the day)
	@$(PYTHON) tests/tools/environments.py newest

test-pythons: ## Run the tests on each Python from 3.11 on that is installed
	@$(PYTHON) tests/tools/environments.py pythons

check: lint types imports docs test test-lowest pictures ## What CI runs

lint: setup ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup ## mypy --strict, for Linux, macOS and Windows
	@$(BIN)/mypy
	@$(BIN)/mypy --platform darwin --cache-dir .mypy_cache/darwin segops_tui
	@$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 segops_tui

imports: setup ## import-linter: an arrow may only point down
	@$(BIN)/lint-imports

documents: setup ## Write the generated parts of README and docs/
	@$(BIN)/python tests/tools/documents.py --write

docs: setup ## Build the documentation site into build/site; fails on a broken link
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python tests/tools/site.py

man: setup ## Write man pages into build/man
	@$(BIN)/python tests/tools/manual.py

screenshots: setup ## Accept the console's present look: redraw the baselines and screenshots/
	@$(BIN)/python tests/tools/screenshots.py

bench: setup ## Print speed and memory figures (never asserted)
	@for file in tests/benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

bench-quick: setup ## Print the figures of speed that have a goal, as ratios (a minute)
	@$(BIN)/python tests/benchmarks/quick.py

campaign: setup ## Run jobs through faults and kills, commands through hostile input (ten minutes at most)
	@$(BIN)/python tests/tools/campaign.py

fuzz: setup ## Fuzz a served sandbox with schemathesis (`st` on PATH); no answer may be a 5xx
	@$(BIN)/python tests/tools/fuzz.py

pins: setup ## Write the pinned versions again: the newest there are, with hashes
	@$(BIN)/python tests/tools/supply.py pins

sbom: setup ## Write the wheel's bill of materials (CycloneDX) into build/
	@$(BIN)/python tests/tools/supply.py sbom

audit: setup ## Look the pinned versions up among known vulnerabilities
	@$(BIN)/python tests/tools/supply.py audit

formula: setup ## Write a Homebrew formula into build/
	@$(BIN)/python tests/tools/release.py formula

clean: ## Remove what setup and the tools made
	@rm -rf $(VENV) .environments .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
