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
	@$(BIN)/python -m infra.description
	$(BIN)/python -m pytest

.PHONY: prove
prove: $(READY) tools  ## that it will run on AWS: package, template, policies, rehearsal, faults, Twilio's contract, security
	@$(BIN)/python -m infra.description
	$(BIN)/python -m pytest tests/aws

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

.PHONY: bench-coldstart
bench-coldstart: $(READY)  ## how long each function takes to start and answer, next to bare apps
	@$(BIN)/python -m bench.coldstart

.PHONY: bench-surge
bench-surge: $(READY)  ## simulated surges: what each partition of the table gets, and which limit comes first
	@$(BIN)/python -m bench.surge

.PHONY: migrate
migrate: $(READY)  ## [STAGE=dev]: after a new release: what the one before left in the table, as this one looks for it
	@$(BIN)/python -m infra.migrate "$(STAGE)"

package: $(READY)  ## build what Lambda runs, into build/
	@rm -rf build
	AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} $(BIN)/python -m infra.package build

.PHONY: deploy
deploy: $(READY)  ## STAGE=dev: put this on AWS; shows what would change and asks. YES=1 says yes
	@$(BIN)/python -m infra.deploy "$(STAGE)" "$(PACKAGE)"

.PHONY: destroy
destroy: $(READY)  ## STAGE=dev: take it off AWS again; what prod knows of people stays
	@$(BIN)/python -m infra.destroy "$(STAGE)"

# What checks the template and the pages, and cannot be installed beside the rest: each in a folder of its own.
TOOLS := $(patsubst infra/tools/%.lock,.venv-tools/%/.ready,$(wildcard infra/tools/*.lock))

.PHONY: tools
tools: $(TOOLS)  ## install what some of `make prove` needs besides: without it, that is left out

.venv-tools/%/.ready: infra/tools/%.lock
	$(PYTHON) -m venv --clear .venv-tools/$*
	.venv-tools/$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.PHONY: audit
audit: $(READY)  ## known weaknesses of what runs on Lambda; asks PyPI, or osv.dev with SERVICE=osv
	@$(BIN)/python -m infra.audit

.PHONY: secrets
secrets: $(READY)  ## STAGE=dev: put what a stage keeps secret; asks for what is missing
	@$(BIN)/python -m infra.keys secrets "$(STAGE)"

.PHONY: rotate-keys
rotate-keys: $(READY)  ## STAGE=dev KEY=LINK_KEYS or TWILIO_AUTH_TOKEN: a new key; DROP=1: the old one goes
	@DROP="$(DROP)" YES="$(YES)" $(BIN)/python -m infra.keys rotate "$(STAGE)" "$(KEY)"

.PHONY: doctor
doctor: $(READY)  ## STAGE=dev: is all as it should be, at AWS and Twilio? FIX=1 mends what it safely can
	@$(BIN)/python -m infra.doctor $(if $(STAGE),"$(STAGE)") $(if $(filter 1,$(FIX)),--fix)

.PHONY: backup
backup: $(READY)  ## STAGE=dev: copy the table; lists all copies
	@$(BIN)/python -m infra.backup backup "$(STAGE)"

.PHONY: restore
restore: $(READY)  ## STAGE=dev FROM=<copy, moment or latest>: into a new table; then SETTLE=<that table>
	@$(BIN)/python -m infra.backup $(if $(SETTLE),settle "$(STAGE)" "$(SETTLE)",restore "$(STAGE)" "$(FROM)")

.PHONY: logs
logs: $(READY)  ## STAGE=dev [TRACE=… FN=… SINCE=1h LEVEL=ERROR FOLLOW=1]: what happened, in the order of time
	@TRACE="$(TRACE)" FN="$(FN)" SINCE="$(SINCE)" LEVEL="$(LEVEL)" FOLLOW="$(FOLLOW)" $(BIN)/python -m infra.logs "$(STAGE)"

lock: $(READY)  ## pin again what pyproject.toml asks for
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --strip-extras --extra dev -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --no-annotate --no-emit-index-url --no-emit-find-links --strip-extras -c requirements.lock -o requirements.txt pyproject.toml

clean:  ## forget .venv and the town's data
	rm -rf .venv .venv-tools .local build
