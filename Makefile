# `make demo` and `make test` work on a bare machine with Python 3.11 or newer (on Debian: python3-venv).
PYTHON ?= python3
VENV   := .venv
comma  := ,
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# The variables that the demo understands: SERVE=no stops after the build; L=en or L=pt-BR chooses the language.
DEMO_FLAGS := $(if $(filter no,$(SERVE)),--no-serve) $(if $(L),--lang $(L))

# Kerberos is compiled against the system's headers (on Debian: gcc python3-dev libkrb5-dev); without them all else works.
EXTRAS := dev$(if $(and $(shell command -v krb5-config),$(shell command -v gcc)),$(comma)kerberos)

.PHONY: demo test lint site verify spelling messages mutation figures site-audit offline clean

demo: $(READY)
	$(BIN)/hvnet demo $(DEMO_FLAGS)

test: $(READY)
	$(BIN)/pytest -n auto

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

site: $(READY)
	$(BIN)/mkdocs build --strict

verify: $(READY)
	$(BIN)/hvnet verify

# The environment is made once; it is renewed only when what it is made from has changed.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@

# Needs hunspell with the dictionaries en_US and pt_BR (on Debian: hunspell hunspell-en-us hunspell-pt-br).
spelling: $(READY)
	$(BIN)/python tools/spelling.py

# Brings new messages into the catalogue and takes away those that are gone; then translate what is empty.
messages: $(READY)
	$(BIN)/hvnet i18n update

# Takes some minutes; the result goes to benchmarks/mutation.json, which the traceability page shows.
mutation: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[mutation]'
	$(BIN)/python tools/mutation.py

# Counts and measures what both READMEs tell; a test says when they are out of date.
figures: $(READY)
	$(BIN)/python tools/figures.py

# Needs node, npm, and chromium; the result goes to benchmarks/site.md, or with CHECK=yes, as in CI, to build/site.md.
site-audit: $(READY)
	@for each in node npm chromium; do command -v $$each >/dev/null || \
	  { echo "make site-audit needs node, npm, and chromium (on Debian: apt install nodejs npm chromium)"; exit 1; }; done
	cd tools/site-audit && npm install --ignore-scripts --no-package-lock --no-audit --no-fund --silent
	$(BIN)/python tools/site_audit.py $(if $(filter yes,$(CHECK)),--check)

# A zip in build/offline, to be opened as files.
offline: $(READY)
	$(BIN)/python tools/offline.py

clean:
	rm -rf $(VENV) site demo
