# Duecare. Type `make` to see what there is.
UV_HERE := .cache/uv/bin/uv
UV := $(shell command -v uv 2>/dev/null || echo $(UV_HERE))
BIN := .venv/bin
export UV_LINK_MODE ?= copy
export OMP_WAIT_POLICY ?= passive

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types contracts unit prove bench servers clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(BIN)/duecare  ## make .venv with everything the program needs
demo: setup  ## make a shop and walk it from exports to the report
	$(BIN)/duecare demo demo --no-serve

test: servers $(BIN)/pytest lint types contracts unit  ## lint, types, import contracts, doctests and tests

lint: $(BIN)/pytest  ## style and safety of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/bandit -q -c pyproject.toml -r src

types: $(BIN)/pytest  ## types, strict
	$(BIN)/basedpyright

contracts: $(BIN)/pytest  ## the ladder of rooms
	$(BIN)/lint-imports

unit: $(BIN)/pytest  ## doctests and tests
	$(BIN)/pytest -n 2 --dist loadgroup -q -rs

prove: $(BIN)/pytest  ## every "Must hold" row at full size; resumable; writes proof/ROW.json. One row: make prove ROW=name
	PYTHONPATH=tests $(BIN)/python -m proofs $(ROW)

bench: $(BIN)/pytest  ## benchmarks, side by side with the peer
	$(UV) sync --frozen --group bench --quiet
	PYTHONPATH=tests $(BIN)/python -m benchmarks

servers:  ## as root on Debian: the servers and the browser that tests use
	@sh tests/servers.sh

clean:  ## remove what was made here
	rm -rf .venv .cache demo proof .pytest_cache .ruff_cache .hypothesis

$(BIN)/duecare: pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen --no-dev --inexact --compile-bytecode --quiet
	@touch $@

$(BIN)/pytest: pyproject.toml uv.lock $(BIN)/duecare | $(UV)
	$(UV) sync --frozen --compile-bytecode --quiet
	@touch $@ $(BIN)/duecare

$(UV_HERE):
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Duecare needs Python 3.11 or newer"; exit 1; }
	@python3 -m venv .cache/uv 2>/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv && python3 -m venv .cache/uv; } \
		|| { echo "python3 -m venv does not work here; install python3-venv, or uv itself"; exit 1; }
	.cache/uv/bin/pip install --quiet uv
