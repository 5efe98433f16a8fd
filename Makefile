# Everything the portal needs, on a machine with Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ADDRESS ?= 127.0.0.1:8000

.PHONY: run test test-embedded test-production check bench format messages icons clean

run: var/installed
	$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python manage.py demo
	@echo "Open http://$(ADDRESS)/ (stop with Ctrl+C)"
	$(BIN)/gunicorn campaign.wsgi --bind $(ADDRESS) --workers 1 --threads 8 --log-level warning

# Both shapes side by side: each keeps one core busy.
test: var/installed-dev
	tools/services.sh prepare
	$(MAKE) --jobs 2 --output-sync=target test-embedded test-production

test-embedded: var/installed-dev
	tools/services.sh browser
	$(BIN)/pytest

test-production: var/installed-dev
	tools/services.sh production -- $(BIN)/pytest -p no:cacheprovider

check: var/installed-dev
	tools/services.sh gettext
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py describe_indicators --check
	$(BIN)/python tools/messages.py check
	$(BIN)/djlint templates --lint --quiet

bench: var/installed-bench
	tools/services.sh production -- $(BIN)/python -m bench $(BENCH)

var/installed-bench: requirements-bench.txt var/installed-dev
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

format: var/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: var/installed-dev
	$(BIN)/python tools/messages.py compile

icons: var/installed-dev
	$(BIN)/python tools/icons.py

clean:
	rm -rf var $(VENV)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

var/installed: requirements.txt locale/vi/LC_MESSAGES/django.po | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python tools/messages.py compile
	@mkdir -p var && touch $@

var/installed-dev: requirements-dev.txt var/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
