# `make` prints this menu. Everything below works on a fresh Linux machine with Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKED := $(VENV)/.locked
READY := $(VENV)/.ready
UV_VERSION := 0.13.9
# browsers and servers wait more than they work: two processes more than there are cores
TEST_PROCESSES ?= $(shell expr $$(nproc) + 2)

# compiled modules are kept: where somebody's environment forbids it, each of some hundred processes would compile the house anew
export PYTHONDONTWRITEBYTECODE :=

.PHONY: menu up test setup check format lock demo bench bench-all contracts examples screenshots clean
.DEFAULT_GOAL := menu

menu:
	@echo "make up         set up what is missing, start everything on this machine, print the addresses, until Ctrl-C"
	@echo "make demo       play a believable week through the public APIs of the running system (second terminal)"
	@echo "make test       set up what is missing, run every test this machine can run, list what was skipped and why"
	@echo "make check      format, lint, types, import walls: exactly what CI runs beside the tests"
	@echo "make setup      the set-up they share, alone: .venv from the locked, hashed list"
	@echo "make format     write the format that check expects"
	@echo "make contracts  write anew what is generated: OpenAPI, AsyncAPI, schemas, the catalogue of events"
	@echo "make examples   record the OpenAPI documents' examples anew, from a system of its own; then make contracts"
	@echo "make screenshots  pictures of every page in .screenshots, desktop and phone, and the README's among them anew; needs Chromium"
	@echo "make bench      the benches of the main job, under 15 minutes;  make bench-all  every one"
	@echo "make lock       resolve the locked lists anew after a change in pyproject.toml"
	@echo "make clean      take away .venv and caches; .imc, the data of \`make up\`, stays"

setup: $(READY)

up: $(READY)
	@exec $(BIN)/imc up

test: $(READY)
	@$(BIN)/python -m pytest tests -n $(TEST_PROCESSES) --maxprocesses 8 --maxfail 25 -rs

check: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

demo: $(READY)
	@$(BIN)/imc demo

screenshots: $(READY)
	@rm -rf .screenshots && mkdir .screenshots
	@IMC_SHOTS=.screenshots $(BIN)/python -m pytest tests/browser/test_every_page.py -k pictures -n 0 -q
	@for picture in deploy/screenshots/*.webp; do cp ".screenshots/$${picture##*/}" "$$picture" || exit; done
	@du -sh .screenshots

bench: $(READY)
	@$(BIN)/python -m tests.bench

bench-all: $(READY)
	@$(BIN)/python -m tests.bench --all

examples: $(READY)
	@$(BIN)/python -m tests.contract.examples

contracts: $(READY)
	@$(BIN)/imc contracts write deploy/contracts

$(READY): $(LOCKED) pyproject.toml
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "set up: $$($(BIN)/imc --version)"

$(LOCKED): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "expected Python 3.11 or newer as $(PYTHON); name one with: make setup PYTHON=python3.12"; exit 1; }
	@echo "setting up $(VENV) (once, about a minute)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) \
	  || { echo "python3 -m venv needs ensurepip: install your system's package for it, such as python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --progress-bar off -r requirements-dev.lock
	@touch $@

lock:
	@test -x $(VENV)/uv/bin/uv || { $(PYTHON) -m venv $(VENV)/uv && $(VENV)/uv/bin/pip install --quiet uv==$(UV_VERSION); }
	$(VENV)/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --extra local --extra dev pyproject.toml -o requirements-dev.lock
	$(VENV)/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes -c requirements-dev.lock pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis build *.egg-info
