# `make demo` and `make test` do all the set-up themselves; a second run starts at once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# An editable install is not compiled: where Python may not write bytecode, every start would compile all of it anew.
COMPILE := $(BIN)/python -m compileall -q coranalyze

.PHONY: help demo test lint types tests docs bench clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo   install into $(VENV), analyze sample_data/ and print the report'
	@echo 'make test   install with the test extra, lint, type-check, run the tests'
	@echo 'make docs   build the documentation into site/'
	@echo 'make bench  measure time and memory against yardsticks, in one table'
	@echo 'make clean  remove $(VENV) and caches'

$(VENV)/.made: .ci/make_venv.py
	@$(PYTHON) .ci/make_venv.py $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.made
	@echo 'Installing coranalyze into $(VENV) …'
	@$(PIP) --editable .
	@$(COMPILE)
	@touch $@

$(VENV)/.installed-test: pyproject.toml $(VENV)/.made
	@echo 'Installing coranalyze with its test tools into $(VENV) …'
	@$(PIP) --editable '.[test]'
	@$(COMPILE)
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	$(BIN)/coranalyze analyze sample_data

test: lint types tests

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-test
	$(BIN)/mypy

tests: $(VENV)/.installed-test
	$(BIN)/pytest

docs: $(VENV)/.installed-test
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks.run $(ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist site
