# Linli. `make` lists the targets. You need make and Python 3.11–3.13 with venv, nothing else.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
# PIP_USE_PEP517: an old pip builds a package without a wheel by PEP 517 only if it is told to.
PIP := PIP_USE_PEP517=1 $(BIN)/python -m pip --disable-pip-version-check
WORDS := gateway/web/translations
comma := ,
CODE := chassis services gateway tour tests bench docs
SUPPORTED := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

# Tests run in this many processes. Each process has its own PostgreSQL and RabbitMQ (tests/workers.py). `make test WORKERS=0` uses one process.
WORKERS ?= 3
# If this is set, each of the hundreds of processes that tests start compiles all of its imports. Empty means not set.
export PYTHONDONTWRITEBYTECODE :=

# The first suitable Python. `make up PYTHON=/opt/python3.12/bin/python3` chooses another one.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c '$(SUPPORTED)' 2>/dev/null && { echo "$$python"; break; }; done)

.PHONY: help
help: ## list the targets
	@echo "make …"
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  %-13s %s\n' "$$name" "$$text"; done

# ---- to use it ----

.PHONY: up
up: $(VENV)/runs ## run the whole district at http://localhost:8000, with its own database and demo data
	@exec $(BIN)/linli up

.PHONY: tour
tour: $(VENV)/runs ## play one day at the centre over HTTP, against LINLI_URL (default: the instance of `make up`)
	@$(BIN)/python -m tour

# ---- to work on it ----

.PHONY: test
test: $(VENV)/develops ## run all tests except test-compose; starts its own PostgreSQL and RabbitMQ; fault tests are short
	LINLI_NO_COMPOSE=1 $(BIN)/pytest -n $(WORKERS) $(ARGS)

.PHONY: quick
quick: $(VENV)/develops ## run unit, architecture and contract tests, and the integration tests of your change; under two minutes
	$(BIN)/pytest -n $(WORKERS) tests/unit tests/architecture tests/contracts $$($(BIN)/python -m tests.changed) $(ARGS)

.PHONY: check
check: $(VENV)/develops ## check formatting, lint, types, import rules and generated documents
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

.PHONY: format
format: $(VENV)/develops ## format the code, apply lint fixes, and write the generated documents
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/python docs/generate.py

.PHONY: translations
translations: $(VENV)/develops ## add new texts of the pages to messages.po, and compile it
	$(BIN)/pybabel -q extract -F $(WORDS)/babel.cfg -k _l --sort-output --no-location --width 120 -o $(VENV)/messages.pot .
	$(BIN)/pybabel -q update -i $(VENV)/messages.pot -d $(WORDS) -l en --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 120
	$(BIN)/pybabel -q compile -d $(WORDS)

.PHONY: bench
bench: $(VENV)/develops .venv-bench/ready ## measure Linli and its peers; writes bench/RESULTS.md
	$(BIN)/python -m bench $(ARGS)

.PHONY: faults
faults: $(VENV)/develops ## run the fault tests at full length; writes docs/reliability.md
	LINLI_FAULTS=full $(BIN)/pytest tests/faults $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/develops ## run schemathesis over the API with five times as many generated examples
	LINLI_FUZZ=full $(BIN)/pytest tests/e2e/test_schemathesis.py $(ARGS)

.PHONY: test-compose
test-compose: $(VENV)/develops ## test docker-compose.yml: build, start, tour, scale, kill (needs a Docker engine)
	LINLI_TEST_COMPOSE=1 $(BIN)/pytest tests/compose $(ARGS)

.PHONY: lock
lock: $(VENV)/develops ## pin the dependencies of pyproject.toml in constraints.txt; UPGRADE=--upgrade upgrades every pin
	@{ echo '# Every dependency of every extra, pinned by `make lock`. No hashes and no index: install from wherever you trust.'; \
		sed '/^#/d' constraints.txt; } >$(VENV)/constraints.txt
	$(BIN)/pip-compile --quiet --all-extras --strip-extras --no-annotate --no-header $(UPGRADE) \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file=$(VENV)/constraints.txt pyproject.toml
	@{ echo '# Every dependency of every extra, pinned by `make lock`. No hashes and no index: install from wherever you trust.'; \
		sed -e '/^#/d' -e '/^$$/d' -e '/^linli @/d' $(VENV)/constraints.txt; } >constraints.txt

.PHONY: clean
clean: ## remove built and generated files; the data under .linli stays
	rm -rf $(VENV) build dist ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- what the targets above need; a stamp file has the time of the last installation ----

# $(call install,what,arguments of pip): install, and show on a terminal how far it is. pip's own report is shown if it fails.
define install
	@log=$(VENV)/install.log; began=$$(date +%s); \
	echo "Installing $(1), usually within a minute or two. Later starts do not need this."; \
	$(PIP) install --constraint constraints.txt $(2) >$$log 2>&1 & pip=$$!; \
	while kill -0 $$pip 2>/dev/null; do \
		if [ -t 1 ]; then \
			step="packages found: $$(grep -c '^Collecting' $$log)"; \
			! grep -q '^Installing collected' $$log || step="all found, unpacking them"; \
			printf '\r  %s, %s s \033[K' "$$step" $$(($$(date +%s) - began)); \
		fi; \
		sleep 1; \
	done; \
	[ ! -t 1 ] || printf '\r\033[K'; \
	wait $$pip || { cat $$log >&2; exit 1; }; \
	echo "Installed in $$(($$(date +%s) - began)) s."
endef

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
		echo "Linli needs Python 3.11, 3.12 or 3.13 with its venv module; found: $$(python3 --version 2>&1)." >&2; \
		echo "On Debian and Ubuntu: apt-get install python3 python3-venv. Elsewhere: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; \
		exit 1; }
	@echo "Making $(VENV) with $(PYTHON) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/runs: pyproject.toml constraints.txt | $(BIN)/python
	@# No compilation here: Python compiles a module when it is first imported, and only a third of them are imported.
	$(call install,what Linli needs to run,--no-compile --editable '.[all]')
	@touch $@

.venv-bench/ready: bench/peers/requirements.txt | $(BIN)/python
	@echo "Installing the peers that Linli is measured against …"
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip --disable-pip-version-check --quiet --quiet install --requirement $<
	@touch $@

.venv-race/ready: bench/race/indico/requirements.txt | $(BIN)/python
	@echo "Installing Indico, with which bench.race compares Linli …"
	@$(PYTHON) -m venv .venv-race
	@.venv-race/bin/python -m pip --disable-pip-version-check --quiet --quiet install --requirement $<
	@touch $@

$(VENV)/develops: pyproject.toml constraints.txt | $(BIN)/python
	$(call install,what the tests and checks need,--editable '.[dev$(comma)telemetry]')
	@touch $@ $(VENV)/runs
