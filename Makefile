# Followup: everything a newcomer or a contributor runs. `make` alone says what there is.
#
# Needs Python 3.11 or newer (with its venv module) and GNU make. What is missing is installed into .uv and .venv
# beside this file, at the versions of uv.lock; while those are up to date nothing asks the network for anything.
# Some tests need npm too, which installs what they use into tests/node; without it they are skipped.
# Only relative paths are used, so the folder may have a space in its name.

PYTHON       ?= python3
DEMO_PORT    ?= 8000
UV_VERSION   := 0.13.9

export UV_PYTHON_DOWNLOADS := never
# Installed once, started often: what is installed is compiled then, also where Python may not write beside it later.
export UV_COMPILE_BYTECODE := 1
unexport VIRTUAL_ENV UV_PROJECT_ENVIRONMENT

uv  := .uv/bin/uv
run := .venv/bin/python -m
node := tests/node/node_modules/.made
# Tests make thousands of databases that need not outlive them: in memory, where Linux has 4 GB of it to spare.
in_memory := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 { print "TMPDIR=/dev/shm" }')
# Tests wait for other processes a third of their time: three of them for two cores.
workers := $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n + n / 2)))
browsers := chromium chromium-browser google-chrome google-chrome-stable

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check bench chaos fuzz golden cover browser pictures format clean

help: ## say what can be made (this list)
	@echo "make demo and make test are all that is needed to begin. Everything else:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)$$/\1|\2/p' Makefile | while IFS='|' read -r name what; do \
	    printf '  make %-8s %s\n' "$$name" "$$what"; done

demo: .venv/.made ## start the bot with a made-up company and its own mail sink (DEMO_PORT=8000, BROWSER=none, FRESH=1)
	@exec .venv/bin/followup demo --port "$(DEMO_PORT)" $(if $(FRESH),--fresh)

test: .venv/.made $(node) ## run every test
	@$(in_memory) $(run) pytest -n $(workers) --dist worksteal

check: .venv/.made ## ruff, mypy, import-linter, the lock file, the documents
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(uv) lock --check --offline
	@$(run) pytest -q tests/docs tests/test_floors.py

bench: .venv/.made ## measure, and print ratios against a bare counterpart
	@$(run) benchmarks

chaos: .venv/.made ## kill, drop and refuse everything, and count what became of it (SHORT=1: some two minutes)
	@$(run) tests.chaos $(if $(SHORT),--short)

fuzz: .venv/.made ## send 100,000 requests, signed and forged, whole and broken, to the bot's door
	@FUZZ_REQUESTS=100000 $(run) pytest -q tests/stories/test_slack_fuzz.py

golden: .venv/.made ## write the golden files anew; read the difference before keeping it
	@UPDATE_GOLDEN=1 $(run) pytest -q tests -k golden

cover: .venv/.made $(node) ## run every test, show what they cover and write htmlcov/index.html, line by line
	@$(in_memory) $(run) pytest -n $(workers) --dist worksteal --cov --cov-report=term:skip-covered --cov-report=html

browser: ## install Debian's Chromium for the browser's tests and the pictures, where none is there (as root)
	@for name in $(browsers); do command -v $$name > /dev/null && exit; done; \
	if command -v apt-get > /dev/null && [ "$$(id -u)" = 0 ]; then \
	    echo "Installing Debian's Chromium"; \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium > /dev/null; \
	else echo "There is no Chromium here, and only root can install Debian's:" \
	    "sudo apt-get install chromium. Until then the browser's tests are skipped." >&2; fi

pictures: .venv/.made $(node) browser ## take the pictures of the documents anew: the running demo, cards of Teams
	@$(run) docs.pictures.take
	@$(run) docs.pictures.take_cards

format: .venv/.made ## let ruff lay out the code and mend what it can
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

clean: ## remove what was installed and cached here (no database is touched)
	rm -rf .venv .uv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov \
	    tests/node/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- setting up -----------------------------------------------------------------------------------------------

# A virtual environment remembers the folder it was made in. In a moved or copied one it would run the old code,
# so the stamp says where it was made, and elsewhere it is made anew. What uv has kept is tried first, without
# the network.
ifneq ($(shell cat .venv/.made 2>/dev/null),$(shell pwd -P))
.PHONY: .venv/.made
endif

.venv/.made: pyproject.toml uv.lock .uv/.made-$(UV_VERSION)
	@if [ -f $@ ] && [ "$$(cat $@)" != "$$(pwd -P)" ]; then rm -rf .venv; fi
	@echo "Installing the versions of uv.lock into .venv"
	@$(uv) sync --locked --quiet --python .uv/bin/python --offline 2>/dev/null || \
	    $(uv) sync --locked --quiet --python .uv/bin/python
	@pwd -P > $@

.uv/.made-$(UV_VERSION):
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'Followup needs Python 3.11 or newer, and "$(PYTHON)" is not that.' \
	        'Name another one: make PYTHON=/path/to/python3.12' >&2; exit 1; }
	@echo "Installing uv $(UV_VERSION) into .uv"
	@"$(PYTHON)" -m venv --clear .uv || { \
	    echo 'This Python has no working venv module (on Debian and Ubuntu it is the package python3-venv).' >&2; \
	    exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@touch $@

# Where this cannot be, the tests that need it say that they are skipped.
$(node): tests/node/package-lock.json tests/node/.npmrc
	@if ! command -v npm > /dev/null; then echo "There is no npm here, so there will be no Node for the tests." >&2; \
	else echo "Installing the versions of tests/node/package-lock.json into tests/node"; cd tests/node && \
	    if npm ci --omit=dev --prefer-offline --fetch-retries=1 --loglevel=error > /dev/null && \
	        test -x node_modules/.bin/node; then touch node_modules/.made; \
	    else echo "npm could not install it, so there will be no Node for the tests." >&2; fi; fi
