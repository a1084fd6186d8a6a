# `make demo` is all that is needed to see the product; `make test` runs every test.
.DEFAULT_GOAL := help
.PHONY: help demo up install test lint bench chaos lock clean
SHELL := /bin/sh
PYTHON := .venv/bin/python
STAMP := .venv/.installed
PORT ?= 8000
export PORT
export PYTHONUNBUFFERED := 1
# Tests have servers and data of their own: a running `make up` and they never meet.
TEST_SERVERS := OMS_DATA_DIR=.data-test OMS_EMBEDDED_UNSAFE=1 $(PYTHON) -m oms.embedded run
# What production gives through its environment; nothing is reached at these addresses.
LIKE_PRODUCTION = OMS_HTTPS=1 ALLOWED_HOSTS=oms.example OMS_EMBEDDED=0 DATABASE_URL=postgres://oms@/oms \
	REDIS_URL=redis://localhost/0 SECRET_KEY=$$($(PYTHON) -c "import secrets; print(secrets.token_urlsafe(64))")
PACKAGES := oms inventory orders interception hotel

help:
	@echo "make demo    everything, with a demo company      (PORT=8000)"
	@echo "make up      everything, without demo data"
	@echo "make test    every test                           (ARGS='tests/orders -x')"
	@echo "make lint    style, types, import contracts, checks"
	@echo "make bench   benchmarks                           (NAME=intake_batch ARGS=--short)"
	@echo "make chaos   the long tests: processes killed in the middle of their work"
	@echo "make lock    renew the locked requirements from requirements/*.in"
	@echo "make clean   remove the embedded servers' data, caches"

install: $(STAMP)
$(STAMP): requirements/dev.txt
	@sh deploy/install.sh

demo: $(STAMP)
	@$(PYTHON) manage.py up --demo

up: $(STAMP)
	@$(PYTHON) manage.py up

test: $(STAMP)
	@sh deploy/chromium.sh
	@$(TEST_SERVERS) $(PYTHON) -m pytest -n 2 -m "not slow" $(ARGS)

chaos: $(STAMP)
	@sh deploy/chromium.sh
	@$(TEST_SERVERS) $(PYTHON) -m pytest -m slow $(ARGS)

lint: $(STAMP)
	@echo "ruff …" && $(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .
	@echo "import contracts …" && $(LIKE_PRODUCTION) $(PYTHON) -c "import sys; from importlinter.cli import lint_imports_command as c; sys.argv[0] = 'lint-imports'; c()"
	@echo "mypy …" && $(LIKE_PRODUCTION) $(PYTHON) -m mypy $(PACKAGES)
	@echo "manage.py check …" && $(LIKE_PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING
	@echo "migrations …" && $(TEST_SERVERS) $(PYTHON) manage.py makemigrations --check --dry-run

bench: $(STAMP)
	@$(PYTHON) manage.py bench $(NAME) $(ARGS)

lock:
	@sh deploy/lock.sh

clean:
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m oms.embedded clean && OMS_DATA_DIR=.data-test $(PYTHON) -m oms.embedded clean; fi
	@rm -rf .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
