# `make demo` and `make test` work on a bare machine with Python 3.11 or newer (on Debian: python3-venv).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# The variables that the demo understands: SERVE=no stops after the build; L=en or L=pt-BR chooses the language.
DEMO_FLAGS := $(if $(filter no,$(SERVE)),--no-serve) $(if $(L),--lang $(L))

.PHONY: demo test lint site verify clean

demo: $(READY)
	$(BIN)/hvnet demo $(DEMO_FLAGS)

test: $(READY)
	$(BIN)/pytest

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
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) site demo
