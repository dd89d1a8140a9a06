# The one place for commands. Each sets up what it needs: a fresh machine needs make and Python 3.11 or newer.
#
#   make report   the main job on examples/
#   make test     the test suite, on the newest dependencies
#   make check    everything that must hold before a change lands
#   make bench    how fast, beside pandas and Polars
#   make docs     the documentation, into site/

PYTHON ?= python3
PIP := .venv/bin/python -m pip -qq --disable-pip-version-check
DEV := .venv-dev/bin

# Each extra is tested alone; cli is part of `make test`, because the README's examples use the shell.
EXTRAS := arrow pandas polars
WHEEL_VENVS := core $(EXTRAS)

.PHONY: report test check lint types architecture docs test-wheel test-extras bench clean always

report: .venv/ready
	@.venv/bin/subscription-metrics report examples/subscription_periods.csv --as-of 2019-12-01

test: .venv/ready
	.venv/bin/python -m pytest -n auto --extras cli

check: test lint types architecture docs test-extras test-wheel

lint: .venv-dev/ready
	$(DEV)/ruff check .
	$(DEV)/ruff format --check --quiet .

types: .venv-dev/ready
	$(DEV)/mypy
	$(DEV)/pyright

architecture: .venv-dev/ready
	$(DEV)/lint-imports

docs: .venv-dev/ready
	NO_MKDOCS_2_WARNING=1 $(DEV)/mkdocs build --strict --quiet

# What users get: the wheel, no extra, the oldest supported python-dateutil, and no src/ in sight.
test-wheel: build/venvs/core/ready build/without-src
	cd build/without-src && ../venvs/core/bin/python -m pytest -n auto

test-extras: $(EXTRAS:%=test-extra-%) .venv-dev/ready
	$(DEV)/python -m pytest -m extra --extras all

$(EXTRAS:%=test-extra-%): test-extra-%: build/venvs/%/ready build/without-src
	cd build/without-src && ../venvs/$*/bin/python -m pytest -m extra --extras $*

bench: .venv-dev/ready
	$(DEV)/python -m benchmarks.run

clean:
	rm -rf .venv .venv-dev build site

.venv/ready: pyproject.toml
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv .venv
	@$(PIP) install "pip>=25.1" # the first that reads dependency groups
	@$(PIP) install --group test --editable ".[cli]"
	@touch $@

.venv-dev/ready: pyproject.toml .venv/ready
	@echo "setting up .venv-dev (once)"
	@$(PYTHON) -m venv --without-pip .venv-dev
	@$(PIP) --python $(DEV)/python install --group dev --editable ".[all]"
	@touch $@

build/dist/ready: pyproject.toml README.md LICENSE $(shell find src -type f -not -name '*.pyc') .venv-dev/ready
	@rm -rf build/dist
	@$(DEV)/python -m build --outdir build/dist .
	@touch $@

build/venvs/core/ready: WANTED = python-dateutil==2.9.0.post0
build/venvs/core/ready: EXTRA =
$(WHEEL_VENVS:%=build/venvs/%/ready): EXTRA ?= [$*]
$(WHEEL_VENVS:%=build/venvs/%/ready): build/venvs/%/ready: build/dist/ready
	@echo "setting up $(@D)"
	@$(PYTHON) -m venv --without-pip $(@D)
	@$(PIP) --python $(@D)/bin/python uninstall --yes subscription-metrics
	@$(PIP) --python $(@D)/bin/python install --group test "$$(ls build/dist/*.whl)$(EXTRA)" $(WANTED)
	@touch $@

# The architecture tests read src/, so they stay behind with it.
build/without-src: always
	@rm -rf $@ && mkdir -p $@
	@tar -c --exclude='./.*' --exclude=./src --exclude=./build --exclude=./site \
		--exclude=./tests/test_architecture.py . | tar -x -C $@
