# What a person types. `make` alone lists the targets; README.md says which one to begin with.
# python3, git and make are enough: everything else is installed below .venv/ and frontend/node_modules/ by `make setup`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup check types test test-fast test-oracle demo run build chromium bench-chat bench-circles bench-audit bench-e2e bench-mls clean

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export NODE_USE_SYSTEM_CA := 1
unexport VIRTUAL_ENV
PYTHON := $(CURDIR)/.venv/bin/python

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what the locks name into .venv/ and frontend/node_modules/
	@python3 -m config.bootstrap

demo: setup ## the whole product with invented people, at http://localhost:8000 (PORT, DATA_DIR)
	@$(PYTHON) -m config.demo

run: ## the server for production: environment as in docs/operations.md
	@$(PYTHON) -m config.run

build: setup ## the frontend into frontend/dist/, when its sources changed
	@$(PYTHON) -m config.frontend

check: setup ## lint, types and contracts of both languages
	ruff check
	ruff format --check
	mypy
	lint-imports --no-logo
	cd frontend && npm run --silent lint
	cd frontend && npm run --silent types
	cd frontend && npm run --silent circular
	$(PYTHON) -m config.wire --check

types: setup ## generate the TypeScript types of the API and of the protocol
	$(PYTHON) -m config.wire

test: check build chromium ## everything that is checked before a change is accepted
	cd frontend && npm run --silent test
	@$(PYTHON) -m pytest

test-fast: setup ## unit, property and TypeScript tests only
	cd frontend && npm run --silent test
	@$(PYTHON) -m pytest tests/unit tests/property tests/vectors

test-oracle: setup ## lives shared with OpenMLS (core-crypto, GPL-3.0, installed beside the tests and never shipped)
	cd frontend/test/oracle && npm ci --no-audit --no-fund --loglevel=error
	cd frontend && MLS_LIVES=20 npx vitest run test/oracle

bench-chat: setup ## deliveries per server CPU-second, beside stock Channels
	@$(PYTHON) -m tests.load.bench_chat

bench-circles: setup ## 100,000 circles of ten: my circles, the gate, accepting, the CareTeam search
	@$(PYTHON) -m tests.load.bench_circles

bench-audit: setup ## the trail: sealing, its cost, searching, verifying, findings (PARTS)
	@$(PYTHON) -m tests.load.bench_audit

bench-e2e: build chromium ## from the key that sends to the other's screen, at real browsers
	@$(PYTHON) -m tests.e2e.measure

bench-mls: setup chromium ## verifying, committing and joining, at the server and in Chromium; devices that race
	@$(PYTHON) -m tests.load.bench_mls

chromium:
	@.ci/chromium

clean: ## remove what was installed and built; the demo's data stay
	rm -rf .venv frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
