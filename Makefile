# Niangjia: `make demo` shows it, `make test` checks it. Nothing else is needed than make and python3 (3.11 or newer).

PYTHON ?= python3
PORT ?= 8000
FRESH ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.PHONY: help demo test lint format requirements notices clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' Makefile | sed 's/:[^#]*## /\t/' | expand -t 16

demo: $(VENV)/run.done ## the demonstration city on http://127.0.0.1:$(PORT)/  (PORT=8000, FRESH=1 starts over)
	@exec $(BIN)/niangjia demo --port $(PORT) --end-with-parent $(if $(filter-out 0,$(FRESH)),--fresh)

test: $(VENV)/development.done ## all checks, then the suite on SQLite, on PostgreSQL and in Chromium
	@exec $(BIN)/python .ci/check.py all

lint: $(VENV)/development.done ## format, lint, types, import contracts, missing migrations
	@exec $(BIN)/python .ci/check.py lint

format: $(VENV)/development.done ## bring Python and templates into the house's format
	@exec $(BIN)/python .ci/check.py format

requirements: $(VENV)/made ## pin the packages anew from pyproject.toml (UPGRADE=1 takes the newest allowed)
	@exec $(BIN)/python .ci/requirements.py $(if $(UPGRADE),--upgrade)

notices: $(VENV)/development.done ## write THIRD_PARTY_NOTICES.md from what is installed and vendored
	@exec $(BIN)/python .ci/notices.py

clean: ## remove the environment and the demonstration's data
	rm -rf $(VENV) var .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Niangjia needs Python 3.11 or newer; name one with make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV) || { echo "Python has no venv module here: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/run.done: requirements/run.txt pyproject.toml $(VENV)/made
	@echo "Installing what Niangjia needs to run …"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/development.done: requirements/development.txt $(VENV)/run.done
	@echo "Installing what the checks need …"
	@$(PIP) install --require-hashes -r requirements/development.txt
	@touch $@
