# Two commands on a machine that has only Python 3.11+ and make:  make demo  and  make test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TEST_WORKERS ?= 2
READY := $(VENV)/.ready

.PHONY: demo serve test check rows bench bench-growth lock clean

demo: $(READY)    ## serve with example data for four cities; prints addresses and sandbox log-ins
	$(BIN)/anxin demo

serve: $(READY)   ## serve on the embedded database, or on DATABASE_URL
	$(BIN)/anxin serve

test: $(READY)    ## all tests, by TEST_WORKERS processes, file by file; PYTEST_ARGS says which and how
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/anxin rules check

rows: $(READY)    ## the requirement rows that no test proves yet; BY=1 runs the tests and shows what each row's asked for
	$(BIN)/python -m tests.helpers.requirements $(if $(BY),--by)

bench: $(READY)   ## our server beside its peers; BENCH_PROJECTS, BENCH_SECONDS, BENCH_ROUNDS make it smaller
	$(BIN)/python -m bench

bench-growth: $(READY)   ## a page of projects among a thousand to a million of them; ten minutes the first time
	$(BIN)/python -m bench.growth

lock: $(READY)    ## resolve the dependencies anew; hashes, and no address of any index
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade --quiet \
	  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --output-file requirements.lock
	$(BIN)/uv pip compile --group bench --universal --python-version 3.11 --upgrade --quiet \
	  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --output-file bench/requirements.lock

$(READY): requirements.lock pyproject.toml web/package-lock.json web/build_ide.py
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Anxin needs Python 3.11 or later; say make PYTHON=python3.11")'
	@echo "[1/3] creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@echo "[2/3] installing the locked dependencies (about 200 MB, one to two minutes)"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --quiet --require-hashes --only-binary=:all: -r requirements.lock
	@echo "[3/3] installing Anxin and building GraphiQL (about a minute the first time)"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

clean:            ## remove what the commands above made, the embedded database included
	rm -rf $(VENV) .venv-* var anxin/static/graphiql web/node_modules bench/peers/node_modules tests/clients/node_modules
