# The project's commands; `make help` explains them.

PYTHON := .venv/bin/python
LATER = @echo "make $@ is built in a later release: there is nothing behind this name yet." >&2; exit 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench fuzz differential docs lock clean image image-lock image-verify image-flash assurance

help:
	@echo "Airlock signs cryptocurrency withdrawals on a machine without a network."
	@echo ""
	@echo "Start here:"
	@echo "  make demo     set everything up, then play the whole journey: prepare a batch online,"
	@echo "                sign it in the offline terminal, verify, broadcast. HEADLESS=1 plays it by script."
	@echo "  make test     set everything up, then run every test"
	@echo ""
	@echo "While working:"
	@echo "  make setup    only the set-up: system packages, .venv, chain nodes. Quick when all is there"
	@echo "  make check    formatting, lint, types, import contracts (no tests, so it is fast)"
	@echo "  make bench    benchmarks against peers -> build/bench.json"
	@echo "  make fuzz     a million mutated inputs for every parser -> build/fuzz.json (INPUTS=N)"
	@echo "  make differential   random transactions against independent libraries (CASES=N)"
	@echo "  make docs     write the generated pages anew: rules, errors, messages"
	@echo "  make lock     resolve the dependencies anew -> requirements/"
	@echo "  make clean    remove what was built and cached; keeps .venv and the chain nodes"
	@echo ""
	@echo "The OS image:"
	@echo "  make image          build the four images -> build/image/ (no root; a kernel the first time)"
	@echo "  make image-verify   build them twice, compare bit for bit, boot them; FULL=1 builds the kernel twice"
	@echo "  make image-lock     resolve the packages anew -> image/lock.json, and show what changed"
	@echo "  make image-flash DEVICE=/dev/sdX SIGNERS=FILE THRESHOLD=K   write a release to a stick, and read"
	@echo "                      it back; UNATTESTED=1 for a build of your own"
	@echo ""
	@echo "Named, and built in a later release:"
	@echo "  make assurance"

setup:
	@requirements/setup.sh

demo: setup
	@$(PYTHON) -m tests.journeys.demo

test: setup
	@requirements/programs.sh test
	@$(PYTHON) -m pytest -n 2 --dist worksteal --durations 5 --durations-min 5 $(ARGS)

# Every check runs, so that one run tells all that is wrong.
check: setup
	@status=0; \
	$(PYTHON) -m ruff format --check --quiet . || status=1; \
	$(PYTHON) -m ruff check . || status=1; \
	$(PYTHON) -m mypy || status=1; \
	PYTHONPATH=image/overlay/usr/lib/airlock .venv/bin/lint-imports || status=1; \
	exit $$status

bench: setup
	@$(PYTHON) -m tests.benchmarks

fuzz: setup
	@$(PYTHON) -m tests.fuzz $(if $(INPUTS),--inputs $(INPUTS)) $(ARGS)

differential: setup
	@$(PYTHON) -m tests.differential $(if $(CASES),--cases $(CASES)) $(ARGS)

docs: setup
	@$(PYTHON) -m tests.conventions.documents

lock: setup
	@requirements/lock.sh

image:
	@python3 -m image build $(ARGS)

image-lock:
	@python3 -m image lock $(ARGS)

image-verify: setup
	@requirements/programs.sh boot
	@$(PYTHON) -m image verify $(if $(FULL),--full) $(IMAGE_ARGS) $(ARGS)

image-flash:
	@python3 -m image flash $(DEVICE) $(if $(SIGNERS),--allowed-signers $(SIGNERS)) \
		$(if $(THRESHOLD),--threshold $(THRESHOLD)) $(if $(UNATTESTED),--unattested) $(ARGS)

assurance:
	$(LATER)

clean:
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find appliance online_coordinator tests image -name __pycache__ -type d -prune -exec rm -rf {} +
