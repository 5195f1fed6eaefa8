# Needs Python 3.11 or newer, make and git. The first run fetches what requirements/ locks (to serve: base.txt, to test: dev.txt);
# after that no network is needed.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
SERVING := $(VENV)/serving-$(shell cksum < requirements/base.txt | cut -d ' ' -f 1)
LOCKED := $(VENV)/locked-$(shell cksum < requirements/dev.txt | cut -d ' ' -f 1)
INSTALLED := $(VENV)/installed-$(shell cat pyproject.toml hatch_build.py | cksum | cut -d ' ' -f 1)
HOST ?=
PORT ?=
HOME_DIR ?=
ARGS ?=
AT = $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) $(if $(HOME_DIR),--home $(HOME_DIR))

.PHONY: help up test soak bench lint check translations compile lock wheel ready serving clean
.NOTPARALLEL:

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

up: serving ## make the site ready and serve it (HOST=, PORT=, HOME_DIR=, ARGS=--empty)
	@exec $(BIN)/hanfeng up $(AT) $(ARGS)

test: compile ## all tests that this machine can run, in parallel (ARGS= for pytest)
	@exec $(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

soak: compile ## the long tests: fuzz, kills, races, the full size
	@exec $(BIN)/python -m pytest -m soak $(ARGS)

bench: compile ## benchmarks, as ratios
	@exec $(BIN)/python -m benchmarks $(ARGS)

lint: compile ## ruff, mypy, imports, templates, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	find src county -name '*.html' | xargs -r $(BIN)/djhtml --check --tabwidth 2
	$(BIN)/python -m hanfeng.site.translations check

check: serving ## what hanfeng itself finds wrong
	@exec $(BIN)/hanfeng check $(ARGS)

translations: ready ## bring the catalogues up to date with the source
	@$(BIN)/python -m hanfeng.site.translations update
	@$(BIN)/python -m hanfeng.site.translations compile

compile: ready
	@$(BIN)/python -m hanfeng.site.translations compile

wheel: ready ## the package, in dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock: ## lock the newest versions that pyproject.toml allows, with hashes (needs uv and network)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--upgrade --extra dev --extra build pyproject.toml --output-file requirements/dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--constraint requirements/dev.txt --extra build pyproject.toml --output-file requirements/base.txt

ready: $(LOCKED) $(INSTALLED)

serving: $(SERVING) $(INSTALLED)
	@$(BIN)/python -m hanfeng.site.translations compile

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Hanfeng needs Python 3.11 or newer; none was found. Name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON)"; $(PYTHON) -m venv $(VENV)

$(SERVING): | $(BIN)/python
	@echo "Installing the $$(grep -c == requirements/base.txt) locked packages that serving needs"
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --require-hashes -r requirements/base.txt
	@rm -f $(VENV)/serving-* && touch $@

$(LOCKED): $(SERVING) | $(BIN)/python
	@echo "Installing the $$(grep -c == requirements/dev.txt) locked packages that tests and checks need"
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --require-hashes -r requirements/dev.txt
	@rm -f $(VENV)/locked-* && touch $@

$(INSTALLED): $(SERVING)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/installed-* && touch $@

clean: ## remove what was made (never the sites: var stays)
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
	find src -name '*.mo' -delete
