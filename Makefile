# Kerasfolio. `make help` is made from the `##` comments here: `##@` begins a group.

SUITE ?= standard
PYTHON = .venv/bin/python

# A variable reaches its command through the environment, as "$$NAME": neither make nor a shell
# expands what was typed. $(call option,ONLY,--only) is --only="$$ONLY" where ONLY is given.
VARIABLES = A ADDRESS B DECIMAL DEVICE DROP DRY ENGINE FORCE FRESH FROM GROUPS HEADER HORIZON ID INDEX JOBS METRIC \
  KNOWN MISSING NAME ONLY OUT PYTHON REFRESH RUN STRICT SUITE TARGET TASK TO TOP TRIALS TYPES UPGRADE YES
given = $(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))
# A variable that nothing reads is a slip, such as ONYL=, and would run the whole suite. Names with
# an underscore are settings of the environment (KERAS_BACKEND), which make hands on.
override slips := $(foreach name,$(filter-out MAKE% $(VARIABLES) COLUMNS HOME LANG PATH SHELL TMPDIR,$(given)),\
  $(if $(findstring _,$(name)),,$(name)))
$(if $(strip $(slips)),$(error unknown variable $(strip $(slips)); expected one of $(VARIABLES): see `make help`))
$(foreach name,$(filter-out MAKE%,$(VARIABLES) $(given)),$(if $(filter-out undefined,$(origin $(name))),\
  $(eval override $(name) := $$(value $(name)))$(eval export $(name))))
override option = $(if $($(1)),$(2)="$$$(1)")
override flag = $(if $(filter-out 0 no false,$($(1))),$(2))

# What redirects Python or pip away from .venv. Indexes, proxies and certificates of pip stay.
unexport PYTHONPATH PYTHONHOME PYTHONSAFEPATH PYTHONSTARTUP PYTHONINSPECT PYTHONOPTIMIZE PYTHONWARNINGS \
  PYTHONUSERBASE PYTHONPLATLIBDIR PYTHONEXECUTABLE __PYVENV_LAUNCHER__ \
  PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_CONSTRAINT PIP_REQUIREMENT PIP_EDITABLE PIP_DRY_RUN
export PIP_USER := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# An environment whose interpreter is gone, or was replaced by another version, is made again.
override installed = .venv/bin/python -I -c 'from importlib.util import find_spec as f; f("keras") or exit(1)'
$(shell $(installed) >/dev/null 2>&1 || rm -f .venv/ready .venv/ready-dev .venv/ready-gpu)

# What DEVICE=gpu installs JAX with CUDA for: a card of NVIDIA whose driver is there.
override card = $(shell ls -d /proc/driver/nvidia/gpus/* 2>/dev/null || command -v nvidia-smi)

# A file's tests stay together: they share what they made. Files run in the order of
# tests/conftest.py: long ones first.
override SPREAD = -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help bench plan curves verify adopt compare ui list doctor data sync new improve notebook portfolio publish \
  badges cv example test test-all lint format screenshot lock clean

help: ## this list
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

##@ Run (SUITE=quick|standard|full|sentinel  ONLY='uci/*,cifar/cifar10'  JOBS=n  DEVICE=auto|cpu|gpu  FRESH=1  STRICT=1)

# ENGINE=serial is for a debugger, ENGINE=dask ADDRESS=tcp://HOST:8786 a cluster (docs/engines.md).
bench: .venv/ready $(if $(filter dask,$(ENGINE)),.venv/ready-dev) $(if $(filter gpu,$(DEVICE)),$(if $(card),.venv/ready-gpu)) ## train what is missing, update MLflow and the page, print the scoreboard
	@"$$PYTHON" -m runners bench $(call option,ONLY,--only) --suite="$$SUITE" $(call option,JOBS,--jobs) \
	  $(call flag,FRESH,--fresh) $(call flag,STRICT,--strict) $(call option,ENGINE,--engine) $(call option,ADDRESS,--address) $(call option,DEVICE,--device)

plan: .venv/ready ## what a run would train, its time, the smallest difference it can show; SUITE=, ONLY=
	@"$$PYTHON" -m runners plan $(call option,ONLY,--only) --suite="$$SUITE"

ui: .venv/ready ## the MLflow UI on 127.0.0.1, first free port from 5001
	@"$$PYTHON" -m runners ui

curves: .venv/ready ## train headlines once more on a part of their training rows: where they overfit; ONLY=
	@"$$PYTHON" -m runners exhibits --curves $(call option,ONLY,--only)

verify: .venv/ready ## train a recorded group again and compare; RUN=file, MLflow run id or uci/wine/mlp-64/0
	@"$$PYTHON" -m runners verify -- "$$RUN"

adopt: .venv/ready ## keep records across a change of code that moved no number: trains one group an entry; ONLY=
	@"$$PYTHON" -m runners adopt $(call option,ONLY,--only)

compare: .venv/ready ## whether scores moved; A=, B=: a runs folder, a git ref or an MLflow experiment
	@"$$PYTHON" -m runners compare -- "$$A" "$$B"

list: .venv/ready ## benchmarks, protocols, entries, published scores
	@"$$PYTHON" -m runners list

doctor: .venv/ready ## what is missing or wrong on this machine, and what to do
	@"$$PYTHON" -m runners doctor

data: .venv/ready ## fetch the data ahead of time; FROM=DIR imports official files from a folder
	@"$$PYTHON" -m runners data $(call option,ONLY,--only) $(call option,FROM,--from)

sync: .venv/ready ## rebuild MLflow from the records
	@"$$PYTHON" -m runners sync

##@ Your data

# bash keeps GROUPS for itself, so it travels under another name.
new: export KERASFOLIO_GROUPS = $(value GROUPS)
new: .venv/ready ## a benchmark on own data: NAME=mine/churn FROM=churn.csv; TARGET=, TASK=, METRIC=, DRY=1, FORCE=1, REFRESH=1 and overrules: docs/your-own.md
	@"$$PYTHON" -m runners new --from="$$FROM" $(call option,TARGET,--target) $(call option,TASK,--task) \
	  $(call option,METRIC,--metric) $(call option,HEADER,--header) $(call option,DECIMAL,--decimal) \
	  $(call option,INDEX,--index) $(if $(GROUPS),--groups="$$KERASFOLIO_GROUPS") $(call option,DROP,--drop) \
	  $(call option,TYPES,--types) $(call option,MISSING,--missing) $(call option,ID,--id) \
	  $(call option,HORIZON,--horizon) $(call option,KNOWN,--known) $(call flag,DRY,--dry-run) \
	  $(call flag,FORCE,--force) $(call flag,REFRESH,--refresh) -- "$$NAME"

improve: .venv/ready ## search settings by inner validation, write the best into the definition; ONLY=uci/wine TRIALS=50 TOP=3
	@"$$PYTHON" -m runners improve $(call option,TRIALS,--trials) $(call option,TOP,--top) $(call option,JOBS,--jobs) -- "$$ONLY"

notebook: .venv/ready ## a benchmark as a JupyterLab notebook: NAME=uci/wine; OUT=, FORCE=1 overwrites
	@"$$PYTHON" -m runners notebook $(call option,OUT,--out) $(call flag,FORCE,--force) -- "$$NAME"

##@ Publish

portfolio: .venv/ready ## rebuild portfolio/site/index.html from the records
	@"$$PYTHON" -m portfolio

publish: .venv/ready ## put the page on the branch gh-pages of origin; TO=bench/ into a folder of it, YES=1 does not ask
	@"$$PYTHON" -m portfolio publish $(call option,TO,--to) $(call flag,YES,--yes) $(call flag,FORCE,--force)

badges: .venv/ready ## Markdown for a README: a badge a benchmark, linking to its page
	@"$$PYTHON" -m portfolio badges $(call option,ONLY,--only)

cv: portfolio ## one A4 page to print or send: portfolio/cv.pdf (cv.html without an installed Chromium)
	@"$$PYTHON" -m portfolio cv

example: .venv/ready ## the page of the shipped records, without training: portfolio/example; FROM=runs packs others
	@"$$PYTHON" -m portfolio example $(call option,FROM,--from) $(call flag,FORCE,--force)

##@ Develop

test: .venv/ready-dev lint ## style, types, imports and the quick tests
	@"$$PYTHON" -m pytest -q $(SPREAD) -m "not slow"

test-all: .venv/ready-dev lint ## the slow and browser tests too
	@"$$PYTHON" -m pytest -q $(SPREAD) --hypothesis-profile searching

lint: .venv/ready-dev ## style, types, and which room imports which
	@"$$PYTHON" -m ruff check .
	@"$$PYTHON" -m ruff format --check .
	@"$$PYTHON" -m mypy
	@"$$PYTHON" -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo --no-cache

format: .venv/ready-dev ## put the code into the house style
	@"$$PYTHON" -m ruff check --fix .
	@"$$PYTHON" -m ruff format .

screenshot: .venv/ready-dev example ## photograph the example for the README (needs an installed Chromium)
	@"$$PYTHON" -m portfolio.share.screenshot --page portfolio/example/index.html --out docs/example/index.png
	@"$$PYTHON" -m portfolio.share.screenshot --page portfolio/example/uci/concrete.html --out docs/example/benchmark.png

lock: ## resolve the dependencies of pyproject.toml, pins kept (needs uv); UPGRADE=1 takes the newest
	uv pip compile pyproject.toml $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml $(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock
	uv pip compile pyproject.toml $(LOCK) --extra gpu -c requirements.lock -o requirements-gpu.lock

override LOCK = --universal --generate-hashes --no-annotate --no-header --python-version 3.11 -q \
  $(call flag,UPGRADE,--upgrade) --fork-strategy fewest --no-emit-index-url --no-emit-find-links

clean: ## remove the environment and built pages; records and data stay
	rm -rf .venv portfolio/site portfolio/example portfolio/cv.html portfolio/cv.pdf

.venv/ready: requirements.lock
	$(call python,requirements.lock)
	@touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	$(call python,requirements-dev.lock)
	@touch $@

.venv/ready-gpu: requirements-gpu.lock .venv/ready
	$(call python,requirements-gpu.lock)
	@touch $@

# Make the environment where there is none (or a broken one), then install what is locked.
define python
@.venv/bin/python -m pip --version >/dev/null 2>&1 || { \
  for found in python3 python3.13 python3.12 python3.11 python none; do \
    "$$found" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && break; done; \
  if [ "$$found" = none ]; then \
    echo "error: expected Python 3.11, 3.12 or 3.13; found `python3 --version 2>&1`."; \
    echo "Install one of them (for example: apt install python3.11 python3.11-venv) and run make again."; exit 1; fi; \
  rm -rf .venv; echo "Setting up .venv with $$found"; \
  "$$found" -m venv .venv || { rm -rf .venv; \
    echo "error: $$found cannot make virtual environments; on Debian: apt install python3-venv"; exit 1; }; }
@echo "Installing $(1) (TensorFlow is large: some minutes the first time)"
@.venv/bin/python -m pip install --quiet --require-hashes -r $(1)
@$(installed) || { echo "error: pip put the packages outside of .venv; see target, prefix or root in"; \
  echo "  .venv/bin/python -m pip config list"; exit 1; }
endef
