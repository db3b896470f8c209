# Needs python3 (3.11 or later) and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ORACLES := .venv-oracles
FIXTURE := tests/firmware/build/base/OpenBL602.elf
FUZZ_SECONDS ?= 60
FUZZ_INPUTS ?= 0

.PHONY: help demo readme oracles bench-release test check lint bench bench-history backtest kills fuzz screenshot dist pyz clean

help:
	@echo "make demo        report on the fixture firmware, and out/report.html"
	@echo "make test        all tests"
	@echo "make oracles     other tools that tests compare with, in an environment of their own"
	@echo "make check       ruff, mypy, import contracts, all tests"
	@echo "make bench       measure against lzma and the peers, on a build of OpenBL602's size; AGAINST=REV: an earlier revision beside it"
	@echo "make bench-history  a history of 10,000 builds against bare SQL"
	@echo "make backtest    how often the forecast's interval holds the truth, in 2,500 made histories"
	@echo "make kills       1,000 rounds of 16 writers of a history that are killed at any moment"
	@echo "make bench-page  the page with 6,000 and 60,000 symbols in a browser, beside bare rectangles"
	@echo "make fuzz        each fuzz target for FUZZ_SECONDS=$(FUZZ_SECONDS) s, all again until FUZZ_INPUTS=$(FUZZ_INPUTS) inputs; goes on where it ended"
	@echo "make readme      the figures of README.md, from what prints them"
	@echo "make screenshot  docs/img/report.png from the real page"
	@echo "make pyz         dist/imgcheck.pyz, one file that runs anywhere"
	@echo "make dist        wheel and source archive in dist/"

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "imgcheck needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	$(BIN)/python -m compileall -q imgcheck  # not done for what is editable; many images never write it
	touch $@

# hatchling builds the archives that tests/test_packaging.py looks into, without a network.
$(VENV)/.developer: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' hatchling
	$(BIN)/python -m compileall -q imgcheck
	touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	mkdir -p out
	$(BIN)/imgcheck report $(FIXTURE) --output text --output html=out/report.html
	@echo "The same as a page: out/report.html"

# What judges the files of other chips needs another cryptography than what judges those of the BL602.
$(ORACLES)/.installed: pyproject.toml
	$(PYTHON) -m venv $(ORACLES)
	$(ORACLES)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[oracles]'
	touch $@

oracles: $(ORACLES)/.installed

# The tests start the program some hundred times: where bytecode is not kept, each start compiles it anew.
test: $(VENV)/.developer
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 --dist loadfile

lint: $(VENV)/.developer
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy tests/history/conftest.py
	$(BIN)/mypy tests/page/conftest.py
	$(BIN)/mypy tests/prediction/conftest.py
	$(BIN)/lint-imports

# What the page's script is written in comes from npm; make check goes without where there is no npm.
node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund --silent
	touch $@

page-check:
	@if command -v npm > /dev/null && command -v node > /dev/null; then \
	    $(MAKE) --no-print-directory node_modules/.installed && npm run --silent types && npm test --silent; \
	else echo "page-check left out: there is no node and npm"; fi

check: lint page-check test

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/run.py $(if $(AGAINST),--against $(AGAINST))

bench-page: $(VENV)/.developer
	$(BIN)/python benchmarks/page.py

bench-history: $(VENV)/.developer
	$(BIN)/python benchmarks/history.py

backtest: $(VENV)/.developer
	$(BIN)/python benchmarks/forecast.py
	$(BIN)/python benchmarks/forecast.py --tests --histories 125

kills: $(VENV)/.developer
	IMGCHECK_KILLS=1000 $(BIN)/python -m pytest -q tests/history/test_many_writers.py -k killed

bench-release: $(VENV)/.developer
	$(BIN)/python benchmarks/release.py

fuzz: $(VENV)/.developer
	$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris
	$(BIN)/python fuzz/all.py --seconds $(FUZZ_SECONDS) --until $(FUZZ_INPUTS)

# What make bench and benchmarks/truth.py measured is taken from benchmarks/build, where they have been run.
readme: $(VENV)/.developer
	$(BIN)/python tests/readme_figures.py --write

screenshot: demo $(VENV)/.developer
	mkdir -p docs/img
	$(BIN)/python docs/img/shoot.py out/report.html docs/img/report.png

dist: $(VENV)/.developer
	rm -rf dist
	$(BIN)/python -m hatchling build

# One file that runs with any Python 3.11 or later.
pyz: $(VENV)/.developer
	mkdir -p dist
	$(BIN)/python -m hatchling build -t wheel -d out/pyz
	$(BIN)/python packaging/pyz.py out/pyz/*.whl dist/imgcheck.pyz

clean:
	rm -rf out dist node_modules benchmarks/build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
