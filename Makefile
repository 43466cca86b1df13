# Kerasfolio. `make help` is made from the `##` comments here: `##@` begins a group.

SUITE ?= standard
PYTHON := .venv/bin/python
FOUND = $(or $(word 1,$(foreach p,python3 python3.13 python3.12 python3.11 python,$(shell \
  $(p) -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) and print("$(p)")' 2>/dev/null))),none)

# A variable reaches its command through the environment, as "$$NAME".
export SUITE

# A file's tests stay together: they share what they made. Files run in the order of
# tests/conftest.py: long ones first.
SPREAD = -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help bench verify adopt compare ui list doctor data sync new improve notebook portfolio publish \
  badges example test test-all lint format screenshot lock clean

help: ## this list
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

##@ Run (SUITE=quick|standard|full|sentinel  ONLY='uci/*,cifar/cifar10'  JOBS=n  FRESH=1  STRICT=1)

# ENGINE=serial is for a debugger, ENGINE=dask ADDRESS=tcp://HOST:8786 a cluster (docs/engines.md).
bench: .venv/ready $(if $(filter dask,$(ENGINE)),.venv/ready-dev) ## train what is missing, update MLflow and the page, print the scoreboard
	@$(PYTHON) -m runners bench $(if $(ONLY),--only "$$ONLY") --suite "$$SUITE" $(if $(JOBS),--jobs "$$JOBS") \
	  $(if $(FRESH),--fresh) $(if $(STRICT),--strict) $(if $(ENGINE),--engine "$$ENGINE") $(if $(ADDRESS),--address "$$ADDRESS")

ui: .venv/ready ## the MLflow UI on 127.0.0.1, first free port from 5001
	@$(PYTHON) -m runners ui

verify: .venv/ready ## train a recorded group again and compare; RUN=file, MLflow run id or uci/wine/mlp-64/0
	@$(PYTHON) -m runners verify "$$RUN"

adopt: .venv/ready ## keep records across a change of code that moved no number: trains one group an entry; ONLY=
	@$(PYTHON) -m runners adopt $(if $(ONLY),--only "$$ONLY")

compare: .venv/ready ## whether scores moved; A=, B=: a runs folder, a git ref or an MLflow experiment
	@$(PYTHON) -m runners compare "$$A" "$$B"

list: .venv/ready ## benchmarks, protocols, entries, published scores
	@$(PYTHON) -m runners list

doctor: .venv/ready ## what is missing or wrong on this machine, and what to do
	@$(PYTHON) -m runners doctor

data: .venv/ready ## fetch the data ahead of time; FROM=DIR imports official files from a folder
	@$(PYTHON) -m runners data $(if $(ONLY),--only "$$ONLY") $(if $(FROM),--from "$$FROM")

sync: .venv/ready ## rebuild MLflow from the records
	@$(PYTHON) -m runners sync

##@ Your data

# Some shells keep GROUPS for themselves, so it travels under another name.
new: export KERASFOLIO_GROUPS = $(value GROUPS)
new: .venv/ready ## a benchmark of your own: NAME=mine/churn FROM=churn.csv; TARGET=, TASK=, METRIC=, DRY=1, FORCE=1, REFRESH=1 and overrules: docs/your-own.md
	@$(PYTHON) -m runners new "$$NAME" --from "$$FROM" $(if $(TARGET),--target "$$TARGET") \
	  $(if $(TASK),--task "$$TASK") $(if $(METRIC),--metric "$$METRIC") $(if $(FORCE),--force) \
	  $(if $(HEADER),--header "$$HEADER") $(if $(DECIMAL),--decimal "$$DECIMAL") \
	  $(if $(INDEX),--index "$$INDEX") $(if $(value GROUPS),--groups "$$KERASFOLIO_GROUPS") \
	  $(if $(DROP),--drop "$$DROP") $(if $(TYPES),--types "$$TYPES") \
	  $(if $(MISSING),--missing="$$MISSING") $(if $(DRY),--dry-run) $(if $(REFRESH),--refresh)

improve: .venv/ready ## search settings by inner validation, write the best into the definition; ONLY=uci/wine TRIALS=50 TOP=3
	@$(PYTHON) -m runners improve "$$ONLY" $(if $(TRIALS),--trials "$$TRIALS") $(if $(TOP),--top "$$TOP") $(if $(JOBS),--jobs "$$JOBS")

notebook: .venv/ready ## a benchmark as a JupyterLab notebook: NAME=uci/wine; OUT=, FORCE=1 overwrites
	@$(PYTHON) -m runners notebook "$$NAME" $(if $(OUT),--out "$$OUT") $(if $(FORCE),--force)

##@ Publish

portfolio: .venv/ready ## rebuild portfolio/site/index.html from the records
	@$(PYTHON) -m portfolio

publish: .venv/ready ## put the page on the branch gh-pages of origin; YES=1 does not ask
	@$(PYTHON) -m portfolio publish $(if $(YES),--yes) $(if $(FORCE),--force)

badges: .venv/ready ## Markdown for a README: a badge a benchmark, linking to its page
	@$(PYTHON) -m portfolio badges $(if $(ONLY),--only "$$ONLY")

example: .venv/ready ## the page of the shipped records, without training: portfolio/example; FROM=runs packs others
	@$(PYTHON) -m portfolio example $(if $(FROM),--from "$$FROM") $(if $(FORCE),--force)

##@ Develop

test: .venv/ready-dev lint ## style, types, imports and the quick tests
	@$(PYTHON) -m pytest -q $(SPREAD) -m "not slow"

test-all: .venv/ready-dev lint ## the slow and browser tests too
	@$(PYTHON) -m pytest -q $(SPREAD) --hypothesis-profile searching

lint: .venv/ready-dev ## style, types, and which room imports which
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-logo --no-cache

format: .venv/ready-dev ## put the code into the house style
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

screenshot: .venv/ready-dev example ## photograph the example for the README (needs an installed Chromium)
	@$(PYTHON) -m portfolio.share.screenshot --page portfolio/example/index.html --out docs/example/index.png
	@$(PYTHON) -m portfolio.share.screenshot --page portfolio/example/uci/concrete.html --out docs/example/benchmark.png

lock: ## resolve the dependencies of pyproject.toml, pins kept (needs uv); UPGRADE=1 takes the newest
	uv pip compile pyproject.toml $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml $(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock

LOCK = --universal --generate-hashes --no-annotate --no-header --python-version 3.11 -q \
  $(if $(UPGRADE),--upgrade) --fork-strategy fewest --no-emit-index-url --no-emit-find-links

clean: ## remove the environment and built pages; records and data stay
	rm -rf .venv portfolio/site portfolio/example

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
