# What one can do here. `make` alone prints this list.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help dev demo test lint bench bench-waves bench-crashes consent-report alert-report dead-letters redrive resume webhook package lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock infra/vendor.txt infra/vendor.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Giddyup needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m infra.vendor
	@touch $@

dev: $(READY)  ## start Giddyup on this machine; Ctrl-C stops it
	@exec $(BIN)/python -m infra.local

demo: $(READY)  ## fill a running town with three days of two groups, for every page of the dashboard
	@$(BIN)/python -m infra.local.demo

test: $(READY)  ## every test
	$(BIN)/python -m pytest

lint: $(READY)  ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)  ## what each command, each text of an alert, a SAY and each page cost, and a month's bill
	@$(BIN)/python -m bench.commands
	@$(BIN)/python -m bench.fanout
	@$(BIN)/python -m bench.talk
	@$(BIN)/python -m bench.bill
	@$(BIN)/python -m bench.pages

bench-waves: $(READY)  ## seasons of simulated volunteers: waves against asking everybody
	@$(BIN)/python -m bench.waves

bench-crashes: $(READY)  ## 20 alerts to 2,000 while everything is killed
	@$(BIN)/python -m bench.crashes

consent-report: $(READY)  ## PHONE=+1…: what consent somebody gave, and every text they got
	@$(BIN)/python -m infra.operate consent-report "$(PHONE)"

alert-report: $(READY)  ## CODE=DIG4: what became of an alert's texts
	@$(BIN)/python -m infra.operate alert-report "$(CODE)"

dead-letters: $(READY)  ## what could not be handled or sent, in words
	@$(BIN)/python -m infra.operate dead-letters

redrive: $(READY)  ## send the dead letters on their way again
	@$(BIN)/python -m infra.operate redrive

resume: $(READY)  ## let sending go on after a configuration error was mended
	@$(BIN)/python -m infra.operate resume

webhook: $(READY)  ## GROUP=DIG URL=https://…: whom to tell what happens to its actions; without URL nobody
	@$(BIN)/python -m infra.operate webhook "$(GROUP)" "$(URL)"

package: $(READY)  ## build what Lambda runs, into build/
	@rm -rf build
	AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} $(BIN)/python -m infra.package build

lock: $(READY)  ## pin again what pyproject.toml asks for
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --strip-extras --extra dev -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --no-annotate --no-emit-index-url --no-emit-find-links --strip-extras -c requirements.lock -o requirements.txt pyproject.toml

clean:  ## forget .venv and the town's data
	rm -rf .venv .local build
