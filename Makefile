# Two commands on a fresh machine: `make forecast` and `make test`. Only Python 3.11+, git and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := runs/kaifeng

.DEFAULT_GOAL := help
.PHONY: help forecast test test-slow lint types docs notebooks bench backtest clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@ $(VENV)/.run

forecast: $(VENV)/.run ## set up and forecast Kaifeng's year; the last line is the report's path
	@$(BIN)/kaigong forecast kaifeng --out $(RUN)

test: $(VENV)/.test lint ## set up and run the default tests (about 3 minutes on two cores)
	$(BIN)/python -m pytest -n 2 --dist loadfile tests sim forecasts

test-slow: $(VENV)/.test types ## strict types and the slow tests
	$(BIN)/python -m pytest -n 2 --dist loadfile -m slow tests

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

docs: $(VENV)/.test ## write the generated pages, and the real output of every command they show
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/outputs.py

notebooks: $(VENV)/.test ## run the tutorials and store their results
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace notebooks/*.ipynb

bench: $(VENV)/.test ## ratios of speed, measured in one run
	$(BIN)/python -m benchmarks

backtest: $(VENV)/.test ## how good forecasts are on the development data, target by target (about 6 minutes)
	$(BIN)/python -m benchmarks.forecasts

clean: ## remove what the commands above made
	rm -rf $(VENV) runs .pytest_cache .mypy_cache .ruff_cache dist
