# Two commands do all the set-up: `make demo` and `make test`. Both create .venv and install into it.
PYTHON ?= python3
BIN := .venv/bin
# Weights lie inside .venv, so that tests and the demo never touch a user's own folder.
export PACKSHOT_MODELS_DIR ?= $(CURDIR)/.venv/models

.PHONY: demo test lint types layers unit clean

demo: .venv/core
	$(BIN)/packshot models pull u2netp
	$(BIN)/packshot demo --out packshot-demo

test: lint types layers unit

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

layers: .venv/dev
	$(BIN)/lint-imports

unit: .venv/dev
	bash .ci/system-packages
	$(BIN)/packshot models pull u2netp minilm realesr-animevideov3 text-reader safety person face-identity
	$(BIN)/packshot brands font
	$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

.venv/core: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c .ci/constraints.txt -e .
	touch $@

.venv/dev: pyproject.toml .ci/constraints.txt .venv/core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c .ci/constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf .venv packshot-demo build dist
