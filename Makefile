# Everything a new machine needs is Python 3.11 or newer and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   ?= demo
TOUCHES ?= 5000
# The tests that are named by the number of a fault, f01 to f62, and the simulated lives.
FAULTS := test_f0 or test_f1 or test_f2 or test_f3 or test_f4 or test_f5 or test_f6 or test_simulation

# The tests' thousands of small files are kept in memory where that has room and may hold programs;
# a disk would cost a sixth of the CPU, and waiting besides.
MEMORY := $(shell awk '$$2 == "/dev/shm" && $$4 !~ /noexec/ { print $$2; exit }' /proc/mounts 2>/dev/null)
ROOM   := $(shell df -Pk $(or $(MEMORY),/nowhere) 2>/dev/null | awk 'NR == 2 && $$4 > 2000000 { print 1 }')
PYTEST := $(if $(TMPDIR),,$(if $(ROOM),TMPDIR=$(MEMORY) ))$(BIN)/python -m pytest

# Some images switch off Python's cache of compiled modules; without it every start takes twice as
# long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo up test lint audit faults mutants simulate year requests soak bench lock clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(VENV)/.run ## Live thirty days with a sample business, then stop
	$(BIN)/touchline demo $(DEMO)

up: $(VENV)/.run ## Keep everything running on the demo's workspace until Ctrl-C
	@test -f $(DEMO)/touchline.toml || $(BIN)/touchline init --quiet $(DEMO)
	exec $(BIN)/touchline --workspace $(DEMO) up

test: $(VENV)/.dev ## Run the test suite
	$(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.dev ## Lint, formatting, types, import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(VENV)/.audit ## Look the locked packages up among known holes, where a source is reachable
	@$(BIN)/python -m tests.audit $(VENV)/audit/bin/pip-audit $(AUDIT)

faults: $(VENV)/.dev ## Kill, freeze and cut off workers: every fault, and all that `test` leaves out
	$(PYTEST) -n 2 --dist loadfile -k "$(FAULTS)"
	$(PYTEST) -n 2 --dist loadfile -m long

mutants: $(VENV)/.dev ## See that the tests notice each planted bug
	$(BIN)/python -m tests.mutants

simulate: $(VENV)/.dev ## Live ten thousand simulated worlds, and hold the promise to them
	$(BIN)/python -m tests.simulation --seeds 10000

year: $(VENV)/.dev ## Live a year of the starter workspace, with its monthly word and without it
	$(BIN)/python -m tests.year

requests: $(VENV)/.dev ## Ask the web app thousands of requests made up from its description
	$(PYTEST) -n 2 -m long tests/integration/test_web_any_request.py

soak: $(VENV)/.dev ## Send thousands of touches while workers are killed; TOUCHES=100000
	$(BIN)/python -m tests.soak --touches $(TOUCHES)

bench: $(VENV)/.dev ## Measure touches per CPU second beside a floor and a naive loop
	$(BIN)/python -m benchmarks

lock: $(VENV)/.uv ## Resolve the dependencies anew into the lock files
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	    --extra postgres pyproject.toml --group build -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	    --extra postgres pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	    --group fast -o requirements-fast.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	    --group audit -o requirements-audit.txt

clean: ## Remove the virtual environment and the demo's workspace
	rm -rf $(VENV) $(DEMO)

$(VENV)/.uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
	@touch $@

$(VENV)/.audit: $(VENV)/.uv requirements-audit.txt
	$(PYTHON) -m venv --without-pip $(VENV)/audit
	VIRTUAL_ENV=$(VENV)/audit $(BIN)/uv pip install --quiet --require-hashes -r requirements-audit.txt
	@touch $@

$(VENV)/.run: $(VENV)/.uv requirements.txt requirements-fast.txt pyproject.toml
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes --only-binary pyreqwest \
	    -r requirements-fast.txt || echo "pyreqwest has no wheel for this machine: sending uses aiohttp."
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements-dev.txt
	@# Compiled here once; every test process would do it at the same time as the others.
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null 2>&1 & \
	    $(BIN)/python -m compileall -qq $(VENV)/lib/python3*/site-packages/prefect; wait
	@touch $@
