# Penstock. `make help` lists the targets; each installs what it needs.
.DEFAULT_GOAL := help
.PHONY: help demo up test check bench chaos soak lock format clean runtime dev
PY := .venv/bin/python
export PYTHONUNBUFFERED := 1

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: runtime ## Run the sample documents end to end on an embedded stack
	@$(PY) -m app.cli.main demo

up: runtime ## Start the whole stack and stay; Ctrl-C stops all
	@exec $(PY) -m app.cli.main up

test: dev ## Run every test
	@sh ops/dev/rabbitmq.sh
	@$(PY) -m pytest -q -m "not chaos_long" -n 2 --dist loadfile

check: dev ## Format, lint, types, import contracts
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy
	@$(PY) -c "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"

bench: dev ## Measure, as ratios against floors and peers in the same run
	@$(PY) -m tests.benchmarks

chaos: dev ## The kill tests at length: every one, the long ones too, ROUNDS times (3)
	@sh ops/dev/rabbitmq.sh
	@for round in $$(seq $(or $(ROUNDS),3)); do $(PY) -m pytest -q tests/chaos || exit 1; done

soak: dev ## A steady mixture under random kills for MINUTES (5), and a ledger at the end
	@$(PY) -m tests.soak --minutes $(or $(MINUTES),5) --broker $(or $(BROKER),redis)

lock: dev ## Make the hashed locks anew from pyproject.toml
	@sh ops/dev/lock.sh

format: dev ## Format the code
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

clean: ## Remove what was installed and made here (data too)
	@[ ! -x $(PY) ] || $(PY) -m app.cli.elsewhere
	@rm -rf .venv .bootstrap .penstock .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

runtime:
	@sh ops/dev/bootstrap.sh requirements.lock

dev: ## Install what tests and checks need
	@sh ops/dev/bootstrap.sh requirements-dev.lock
