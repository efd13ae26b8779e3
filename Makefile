# Two commands matter: `make run` and `make test`. `make help` lists the rest.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
UV_VERSION := 0.13.9
BIN := .venv/bin

export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv

.DEFAULT_GOAL := help

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Ethics Rounds needs Python 3.11 or newer; set PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/uv --version 2>/dev/null | grep -q ' $(UV_VERSION)' || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv sync --frozen --all-groups --quiet --python $(BIN)/python
	@touch $@

.PHONY: env
env: .venv/.ready ## the virtual environment, from the lock

.PHONY: run
run: env ## serve Ethics Rounds with the demo class at http://127.0.0.1:8000
	@ETHICS_ENV=development $(BIN)/ethics db upgrade
	@ETHICS_ENV=development $(BIN)/ethics cases sync
	@ETHICS_ENV=development $(BIN)/ethics demo --if-empty
	@ETHICS_ENV=development $(BIN)/ethics serve --host $(HOST) --port $(PORT)

.PHONY: test
test: lint types contracts ## everything: lint, types, contracts, both databases, a real browser
	@$(BIN)/python -m tests.machine
	@$(BIN)/pytest -n 2 --dist loadgroup -m "not slow"

.PHONY: test-all
test-all: lint types contracts ## the long tiers too
	@$(BIN)/python -m tests.machine
	@$(BIN)/pytest -n 2 --dist loadgroup

.PHONY: lint
lint: env ## ruff, djlint, node --check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/djlint --quiet --lint templates

.PHONY: types
types: env ## mypy, strict
	@$(BIN)/mypy

.PHONY: contracts
contracts: env ## who may import whom
	@$(BIN)/lint-imports

.PHONY: bench
bench: env ## the cost of each page as a ratio to a null application
	@$(BIN)/python -m bench

.PHONY: gallery
gallery: env ## screenshots of every page, light and dark, phone and desk, into test-results/gallery
	@$(BIN)/python -m tests.machine
	@$(BIN)/python -m tests.gallery

.PHONY: fmt
fmt: env ## format Python
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

.PHONY: lock
lock: env ## resolve dependencies anew
	@$(BIN)/uv lock --upgrade

.PHONY: clean
clean: ## remove the environment and what tests left; keeps instance/
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results dist
