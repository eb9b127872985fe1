# Two commands do everything on a fresh Debian machine with python3 and make:
#   make demo    see it work
#   make test    prove it works
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell find gateway parsers storage config -type f -not -name '*.pyc' 2>/dev/null) pyproject.toml README.md

.PHONY: demo test install lint types imports unit bench bench-ledger bench-hosts chaos lock clean

demo: $(VENV)/.installed
	$(BIN)/halo-mailgate demo $(ARGS)

test: packages lint types imports unit

install: $(VENV)/.installed

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

imports: $(VENV)/.installed
	PYTHONPATH=. $(BIN)/lint-imports

unit: $(VENV)/.installed
	PYTHONSAFEPATH=1 $(BIN)/pytest -n 4 --dist load --maxschedchunk 2 $(ARGS)

bench: $(VENV)/.installed packages
	PYTHONSAFEPATH=1 $(BIN)/python tests/bench/path.py $(ARGS)

bench-ledger: $(VENV)/.installed packages
	PYTHONSAFEPATH=1 $(BIN)/python tests/bench/ledger.py $(ARGS)

bench-hosts: $(VENV)/.installed packages
	PYTHONSAFEPATH=1 $(BIN)/python tests/bench/hosts.py $(ARGS)

# Take each guard of the promise out of a copy of the sources; its test must fail then.
.PHONY: guards
guards: packages $(VENV)/.installed
	cd tests && PYTHONSAFEPATH= ../$(BIN)/python -m guards.guards $(ARGS)

# Kills and faults of every kind for MINUTES, then each mail is judged: tests/chaos/README.md. FOLDER: to go on with it.
MINUTES := 5
HOSTS := 1
DATABASE := sqlite
LATE := 90
chaos: $(VENV)/.installed packages
	PYTHONSAFEPATH=1 PYTHONPATH=tests $(BIN)/python -m chaos.run --minutes $(MINUTES) --hosts $(HOSTS) \
	  --database $(DATABASE) --late $(LATE) $(if $(SEED),--seed $(SEED)) $(if $(FOLDER),--folder $(FOLDER)) $(ARGS)

# Generated hostile mail through every way out, shown by Chromium: COUNT mails of the series SEED.
.PHONY: soak
COUNT := 10000
soak: $(VENV)/.installed packages
	PYTHONSAFEPATH=1 PYTHONPATH=tests $(BIN)/python -m attacks.soak --seed $(or $(SEED),1) --count $(COUNT) $(ARGS)

# The Debian packages that the tests start: Dovecot, PostgreSQL, systemd-analyze, openssl, Chromium, libfaketime.
.PHONY: packages
packages:
	@./tests/tools/debian-packages dovecot:dovecot-imapd initdb:postgresql systemd-analyze:systemd openssl:openssl runuser:util-linux chromium:chromium faketime:faketime

$(VENV)/.made: requirements-dev.txt
	@python3 -c 'import ensurepip, venv' 2>/dev/null || ./tests/tools/debian-packages ensurepip:python3-venv
	python3 -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# Installed as on a production host: a copy, not a link to this folder.
$(VENV)/.installed: $(VENV)/.made $(SOURCES)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --force-reinstall .
	@touch $@

# uv is needed for this one only.
lock:
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header -q pyproject.toml -o requirements.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header -q pyproject.toml --extra demo --group dev -o requirements-dev.txt

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
