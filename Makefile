# make demo   set up .venv, then run the main job on a synthetic cohort
# make test   set up .venv, then run all tests
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: help setup demo test regress regress-full real lint docs format leaderboard croissant fuzz kills bench lung-quality lock clean

help:
	@sed -n '1,2s/^# //p' Makefile
	@echo "make real   only the tests on real CT (see tests/README.md)"
	@echo "make lint   ruff and mypy, as CI runs them"
	@echo "make docs   the documents as a site in build/site"

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit(0 if sys.version_info >= (3, 11) else 'spgc needs Python 3.11 or newer; name one with make PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV): PyTorch is a download of some gigabytes, this takes some minutes."
	$(BIN)/python -m pip install --constraint constraints.txt --editable ".[dev]"
	@touch $(READY)

demo: setup
	$(BIN)/spgc demo --work demo

# A file's tests stay in one process: they share what they make.
test: setup
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

# Has the patient stage, reading or a class become worse? Some seconds; see docs/gate.md.
regress: setup
	$(BIN)/spgc regress

# The same with all CNNs trained from scratch on phantoms: some minutes.
regress-full: setup
	$(BIN)/spgc regress --full --work regress

real: setup
	$(BIN)/python -m pytest -m real -v

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The documents as a site; any warning is an error. About 15 seconds.
docs: setup
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --builder html --conf-dir docs . build/site

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Write the leaderboard page from its rows; a test fails when the committed page differs.
leaderboard: setup
	$(BIN)/spgc leaderboard --split all --honest --format markdown > leaderboard/.LEADERBOARD.md.part
	mv leaderboard/.LEADERBOARD.md.part leaderboard/LEADERBOARD.md

# Write the Croissant document of the manifests; a test fails when the committed one is stale.
croissant: setup
	$(BIN)/spgc data croissant > data_manifests/.croissant.json.part
	mv data_manifests/.croissant.json.part data_manifests/croissant.json

# A million hostile submissions, damaged kept files, damaged scans, tampered models and runs: ten
# minutes each at most.
fuzz: setup
	$(BIN)/python tests/fuzz_submissions.py
	$(BIN)/python tests/fuzz_kept.py
	$(BIN)/python tests/fuzz_readers.py
	$(BIN)/python tests/fuzz_models.py
	$(BIN)/python tests/fuzz_networks.py
	$(BIN)/python tests/fuzz_runs.py

# 200 kills of commands at random moments, or an hour; each is resumed and compared. Then 100 kills of
# a leaderboard server under load: some minutes.
kills: setup
	$(BIN)/python tests/kill_harness.py
	$(BIN)/python tests/kill_server.py

bench: setup
	$(BIN)/python benchmarks/scoring.py
	$(BIN)/python benchmarks/ct_stages.py
	$(BIN)/python benchmarks/ct_processes.py

# Needs the real scans: make lung-quality DATA=FOLDER (see benchmarks/lung_quality.py).
lung-quality: setup
	$(BIN)/python benchmarks/lung_quality.py $(DATA)

# Needs uv; resolves for every supported Python and system at once.
lock:
	uv pip compile --universal --python-version 3.11 pyproject.toml --extra dev --extra astra --no-annotate --no-header --output-file constraints.txt

clean:
	rm -rf $(VENV) demo regress build dist
