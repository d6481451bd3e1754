# Every target works from a bare checkout with Python 3.11 or newer: `make setup` runs first where it is needed.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PACKAGES := services/runtime services/scoring services/store services/inference services/trainer clients/sdk clients/cli clients/qt
SOURCES := $(foreach package,$(PACKAGES),$(wildcard $(package)/eightcut_*))
SCRIPTS := protos/generate.py protos/hatch_build.py demo benchmarks tools
# How many tests run at once.
WORKERS ?= 2
# Against which commit `make lint` looks for changes that break clients of the API.
BREAKING_AGAINST ?= main

.PHONY: help setup demo test test-screen lint format serve desktop clean
.DEFAULT_GOAL := help

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: .venv/installed ## a .venv with everything in it

.venv/installed: constraints.txt $(PACKAGES:=/pyproject.toml) $(shell find protos -name '*.proto' -o -name '*.py' -o -name '*.toml' -not -path '*/build/*')
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement constraints.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation ./protos $(PACKAGES:%=--editable %)
	$(BIN)/python -m pip check
	touch $@

.venv/transformers-4: constraints-transformers-4.txt | .venv/installed
	rm -rf $@
	$(BIN)/python -m pip install --quiet --no-deps --target $@ --requirement constraints-transformers-4.txt
	touch $@

demo: setup ## makes small videos, runs the whole loop on them, shows what was found
	$(BIN)/python -m demo

test: setup .venv/transformers-4 ## all tests
	EIGHTCUT_TRANSFORMERS_4=$(CURDIR)/.venv/transformers-4 $(BIN)/python -m pytest --numprocesses $(WORKERS)

test-screen: setup ## the desktop client's tests again, on real screens of their own (takes Xvfb)
	EIGHTCUT_QT_PLATFORM=xcb $(BIN)/python -m pytest tests/qt -m "screen or not slow" --numprocesses $(WORKERS)

lint: setup ## style, types, API rules, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES) $(SCRIPTS)
	$(BIN)/lint-imports
	$(BIN)/python tools/check_api.py --against $(BREAKING_AGAINST)

format: setup ## puts the code into the form that lint wants
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

serve: setup ## the three services, on this machine, until Ctrl+C
	$(BIN)/8cut serve

desktop: setup ## the window: hear, see and correct; with services of its own
	$(BIN)/8cut desktop

clean: ## removes what was built
	rm -rf .venv protos/build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
