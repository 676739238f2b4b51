# Few targets, one line each. `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
RUN := .venv/bin/python

.PHONY: setup browser demo test peers check format lock migration

setup: .venv/.ready

.venv/.ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12")'
	@test -x .venv/bin/python || { echo "Making .venv …"; $(PYTHON) -m venv .venv; }
	@test -x .venv/bin/uv || { echo "Installing uv into .venv …"; .venv/bin/python -m pip install --quiet --disable-pip-version-check uv; }
	@echo "Installing the locked dependencies (a minute the first time) …"
	@VIRTUAL_ENV=$(CURDIR)/.venv .venv/bin/uv pip sync --require-hashes requirements.lock
	@touch $@

demo: setup
	@$(RUN) -m bot demo $(ARGS)

test: setup browser
	@$(RUN) -m pytest $(ARGS)

peers: setup
	@$(RUN) -m pytest -n 0 -o addopts="--import-mode=importlib" tests/peers

check: setup
	@$(RUN) -m ruff check . && $(RUN) -m ruff format --check . && $(RUN) -m mypy && $(RUN) -m pytest -q -n 0 tests/test_house.py

format: setup
	@$(RUN) -m ruff check --fix . ; $(RUN) -m ruff format .

browser:
	@sh tests/browser/install.sh

lock: setup
	@.venv/bin/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-annotate --no-header --upgrade --output-file requirements.lock

migration: setup
	@$(RUN) -m bot.migrate "$(m)"
