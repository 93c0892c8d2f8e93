# The verbs of this repository; `make help` lists them.
.DEFAULT_GOAL := help
BIN := .venv/bin
READY := .venv/.ready
# Two tests at a time, on machines of any size: much of a test is waiting. ARGS="-n 0" is one after the other.
PARALLEL := -n 2 --dist worksteal
PYTHON := # the Python to make .venv with, where the right one is not found by itself
ARGS :=
START := $(shell date +%s)
TOOK = $$(( $$(date +%s) - $(START) )) s
DEMO := build/demo
TEMPLATE := {{cookiecutter.project_slug}}
CODE := hooks runner_lib/src runner_lib/tests tests benchmarks gallery
COMPILE := uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-annotate --no-header --no-emit-index-url
# uv comes with .venv where the machine has none. Later recipes find it there.
export PATH := $(CURDIR)/$(BIN):$(PATH)

UI := ui/node_modules/.ready
WORKFLOWS := tests/github/node_modules/.ready
DEV_CONTAINERS := tests/containers/node_modules/.ready
BUNDLE := runner_lib/src/pynb_dag_runner/site/bundle

.PHONY: help setup project demo test check check-ui unit test-system benchmark benchmark-site gallery bundle format lock clean

help: ## list these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## install all into .venv, as locked in requirements.txt

project: $(READY) ## generate the demo project into build/demo
	@rm -rf $(DEMO) && mkdir -p $(dir $(DEMO))
	@$(BIN)/cookiecutter --no-input --output-dir $(dir $(DEMO)) . project_name="MNIST digits demo" project_slug=$(notdir $(DEMO)) python_version=3.10 >$(DEMO).log \
	  || { cat $(DEMO).log; exit 1; }

demo: project ## generate the demo project, install it and run its pipeline
	@set -e; \
	$(MAKE) --no-print-directory -C $(DEMO) setup run; \
	printf '%s\n' "" "make demo: done in $(TOOK). Next (the commands above, too, are meant for this folder):" \
	  "  cd $(DEMO)   the project; read README.md and pipeline.py first" \
	  "  make ui         the tracker: its runs, notebooks and metrics in a browser" \
	  "  make show       what happened, told from the run log in pipeline-outputs/runs/" \
	  "  make expand     the run's notebooks, figures and models as files" \
	  "  make help       what else there is"

test: $(READY) ## check code, then test library and template
	@$(MAKE) --no-print-directory check unit
	@echo "make test: passed in $(TOOK)"

check: $(READY) check-ui ## format, lint, types, floors, and that the built front end is that of ui/
	$(BIN)/black --check --quiet $(CODE) || { $(BIN)/black --diff --quiet $(CODE); exit 1; }
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --cache-dir .cache/import_linter >.cache/floors.txt || { cat .cache/floors.txt; exit 1; }

check-ui: $(UI)
	cd ui && npm run --silent check
	cd ui && node build.mjs ../build/bundle
	@diff -rq build/bundle $(BUNDLE) || { echo "The front end that ships is not that of ui/: run make bundle, and commit what it changes." >&2; exit 1; }

unit: $(READY) $(UI) $(WORKFLOWS) ## the tests alone: ARGS="-k NAME"
	cd ui && npm run --silent test
	$(BIN)/pytest $(PARALLEL) -m "not system" $(ARGS)

test-system: $(READY) $(WORKFLOWS) $(DEV_CONTAINERS) ## tests that need a whole machine: installs, servers, clusters, faults
	$(BIN)/pytest $(PARALLEL) -m system $(ARGS)
	@echo "make test-system: passed in $(TOOK)"

benchmark: $(READY) ## measure speed, also beside peers, into benchmarks/RESULTS.md; takes three quarters of an hour, and wants the machine for itself
	@rm -rf build/benchmark/results
	@for program in demo many_notebooks function_tasks no_op_tasks recording commands demo_profile start_up report; do \
	  $(BIN)/python benchmarks/$$program.py || exit 1; echo; done

benchmark-site: $(READY) $(if $(wildcard $(DEMO)/pipeline-outputs/runs/*.jsonl),,demo) ## measure the tracker, publishing, watching, and what is small
	@for program in artifact_memory import_time site tracker publish watch; do $(BIN)/python benchmarks/$$program.py || exit 1; echo; done

bundle: $(UI) ## build the front end of ui/ into the library
	cd ui && npm run --silent build

gallery: $(READY) ## a tracker of many kinds of runs in build/gallery/site, and the screenshots of README and docs
	$(BIN)/python gallery/make.py $(ARGS)

format: $(READY) $(UI) ## put code into shape
	cd ui && npm run --silent format
	$(BIN)/ruff check --quiet --fix-only $(CODE)
	$(BIN)/black --quiet $(CODE)

lock: ## renew the four lock files from what is asked for in the pyproject.toml files: ARGS=--upgrade
	rm -rf build/lock && mkdir -p build/lock
	set -e; for starter in mnist-digits minimal; do \
	  $(BIN)/cookiecutter --no-input --output-dir build/lock . project_name=$$starter starter=$$starter >build/lock/log.txt; \
	  $(MAKE) --no-print-directory -C build/lock/$$starter lock ARGS="$(ARGS)"; \
	  cp build/lock/$$starter/requirements.txt "$(TEMPLATE)/starters/$$starter/"; \
	  cp build/lock/$$starter/requirements-publish.txt "$(TEMPLATE)/"; \
	done
	$(COMPILE) $(ARGS) --group dev --extra dev --extra run -o requirements.txt \
	  runner_lib/pyproject.toml build/lock/*/pyproject.toml

clean: ## remove .venv, caches and what was built
	rm -rf .venv .cache build ui/node_modules tests/*/node_modules
	find hooks tests runner_lib "$(TEMPLATE)" -name __pycache__ -prune -exec rm -rf {} +

# Compiling to bytecode here makes the first run as fast as the second.
$(READY): requirements.txt runner_lib/pyproject.toml
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.10 none; do \
	  "$$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && break; \
	done; \
	if [ "$$python" = none ]; then \
	  echo "No Python 3.10 to 3.13 here. Install one, or say where: make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	set -e; mkdir -p .cache; \
	if ! command -v uv >/dev/null; then \
	  "$$python" -m venv .venv; \
	  awk '/^uv==/ { found = 1 } found { print; if ($$0 !~ /\\$$/) exit }' requirements.txt >.cache/uv.txt; \
	  $(BIN)/python -m pip install --quiet --require-hashes -r .cache/uv.txt; \
	fi; \
	[ -x $(BIN)/python ] || uv venv --quiet --python "$$python" .venv; \
	uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.txt; \
	uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e runner_lib; \
	touch $@

# ui/: the front end. tests/github/: GitHub's own parser, which reads workflows in tests. tests/containers/: opens dev containers.
%/node_modules/.ready: %/package.json %/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || { \
	  echo "What is in $*/ wants Node 20 or newer, and there is none here. Install it (nodejs, npm), then run make again." >&2; exit 1; }
	cd $* && npm ci --silent
	touch $@
