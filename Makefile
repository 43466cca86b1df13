# Kerasfolio. `make help` is generated from the comments behind the targets.

SUITE ?= standard
PYTHON := .venv/bin/python
FOUND = $(or $(word 1,$(foreach p,python3 python3.13 python3.12 python3.11 python,$(shell \
  $(p) -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) and print("$(p)")' 2>/dev/null))),none)
ENGINE_GIVEN = $(if $(ENGINE),--engine $(ENGINE)) $(if $(ADDRESS),--address '$(ADDRESS)')
WANTED = $(if $(ONLY),--only '$(ONLY)') --suite $(SUITE)

# A file's tests stay together: they share what they made. Files run in the order of
# tests/conftest.py: long ones first.
SPREAD = -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help bench new improve ui portfolio publish badges example data doctor list sync verify compare notebook test test-all lint format screenshot lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile
	@echo "  Options of bench: SUITE=quick|standard|full|sentinel  ONLY='uci/*,cifar/cifar10'  JOBS=n  FRESH=1  STRICT=1"
	@echo "    ENGINE=serial (for a debugger)  ENGINE=dask ADDRESS=tcp://HOST:8786 (a cluster; docs/engines.md)"

bench: .venv/ready $(if $(filter dask,$(ENGINE)),.venv/ready-dev) ## train what is missing, update MLflow and the page, print the scoreboard
	@$(PYTHON) -m runners bench $(WANTED) $(if $(JOBS),--jobs $(JOBS)) $(if $(FRESH),--fresh) $(if $(STRICT),--strict) $(ENGINE_GIVEN)

new: .venv/ready ## a benchmark of your own: NAME=mine/churn FROM=churn.csv; TARGET=, TASK=, METRIC=, FORCE=1
	@$(PYTHON) -m runners new "$$NAME" --from "$$FROM" $(if $(TARGET),--target "$$TARGET") \
	  $(if $(TASK),--task "$$TASK") $(if $(METRIC),--metric "$$METRIC") $(if $(FORCE),--force)

improve: .venv/ready ## try settings, judged by inner validation, write the best into the definition; ONLY=uci/wine TRIALS=50 TOP=3
	@$(PYTHON) -m runners improve '$(ONLY)' $(if $(TRIALS),--trials $(TRIALS)) $(if $(TOP),--top $(TOP)) $(if $(JOBS),--jobs $(JOBS))

ui: .venv/ready ## the MLflow UI on 127.0.0.1, first free port from 5001
	@$(PYTHON) -m runners ui

portfolio: .venv/ready ## rebuild portfolio/site/index.html from the records
	@$(PYTHON) -m portfolio

publish: .venv/ready ## put the page on the branch gh-pages of origin; YES=1 does not ask
	@$(PYTHON) -m portfolio publish $(if $(YES),--yes) $(if $(FORCE),--force)

badges: .venv/ready ## Markdown for a README: a badge a benchmark, linking to its page
	@$(PYTHON) -m portfolio badges $(if $(ONLY),--only '$(ONLY)')

example: .venv/ready ## regenerate docs/example from the records of a full run
	@$(PYTHON) -m portfolio example $(if $(FORCE),--force)

data: .venv/ready ## fetch the data ahead of time; FROM=DIR imports official files from a folder
	@$(PYTHON) -m runners data $(if $(ONLY),--only '$(ONLY)') $(if $(FROM),--from '$(FROM)')

doctor: .venv/ready ## what is there, missing or wrong on this machine, and what to do
	@$(PYTHON) -m runners doctor

list: .venv/ready ## what there is: benchmarks, protocols, entries, published scores
	@$(PYTHON) -m runners list

sync: .venv/ready ## rebuild MLflow from the records
	@$(PYTHON) -m runners sync

verify: .venv/ready ## train a recorded group again and compare; RUN=file, MLflow run id or uci/wine/mlp-64/0
	@$(PYTHON) -m runners verify '$(RUN)'

compare: .venv/ready ## whether scores moved; A=, B=: a runs folder, a git ref or an MLflow experiment
	@$(PYTHON) -m runners compare '$(A)' '$(B)'

notebook: .venv/ready ## a benchmark as a JupyterLab notebook: NAME=uci/wine; FORCE=1 overwrites
	@$(PYTHON) -m runners notebook '$(NAME)' $(if $(OUT),--out '$(OUT)') $(if $(FORCE),--force)

test: .venv/ready-dev lint ## style, types and the quick tests
	@$(PYTHON) -m pytest -q $(SPREAD) -m "not slow"

test-all: .venv/ready-dev lint ## the slow and browser tests too
	@$(PYTHON) -m pytest -q $(SPREAD) --hypothesis-profile searching

lint: .venv/ready-dev ## style and types only
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

format: .venv/ready-dev ## put the code into the house style
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

screenshot: .venv/ready-dev ## photograph the page for the README (needs an installed Chromium)
	@$(PYTHON) -m portfolio.share.screenshot

lock: ## resolve the dependencies of pyproject.toml anew (needs uv)
	uv pip compile pyproject.toml $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml $(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock

LOCK = --universal --generate-hashes --no-annotate --no-header --python-version 3.11 -q --upgrade \
  --fork-strategy fewest --no-emit-index-url --no-emit-find-links

clean: ## remove the environment and the page; records and data stay
	rm -rf .venv portfolio/site

.venv/ready: requirements.lock
	$(call python,requirements.lock)
	@touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	$(call python,requirements-dev.lock)
	@touch $@

# Make the environment where there is none (or a broken one), then install what is locked.
define python
@if [ "$(FOUND)" = none ]; then \
  echo "error: expected Python 3.11, 3.12 or 3.13; found `python3 --version 2>&1`."; \
  echo "Install one of them (for example: apt install python3.11 python3.11-venv) and run make again."; \
  exit 1; fi
@$(PYTHON) -c '' 2>/dev/null || { rm -rf .venv; echo "Setting up .venv with $(FOUND)"; \
  $(FOUND) -m venv .venv || { rm -rf .venv; \
  echo "error: $(FOUND) cannot make virtual environments; on Debian: apt install python3-venv"; exit 1; }; }
@echo "Installing $(1) (TensorFlow is large: some minutes the first time)"
@$(PYTHON) -m pip install --quiet --require-hashes -r $(1)
endef
