# Everything runs from .venv, which is made on first use with any Python from 3.11 on (PYTHON=... chooses one).
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	$$python -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$python && break; done)
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
INSTALL = .venv/bin/uv pip install --quiet --python .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: demo test lint bench docs clean help

demo: .venv/demo.stamp ## train an example model; on a terminal open the wizard on it, elsewhere take it to a running service
	.venv/bin/python examples/housing/train.py
	@if [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && [ -z "$$CI" ]; then exec .venv/bin/sendoff examples/housing/model.pkl; else \
	set -ex; .venv/bin/sendoff up examples/housing/model.pkl --yes; \
	.venv/bin/sendoff predict housing --data @examples/housing/request.json; \
	set +x; echo 'It goes on running. To stop it: .venv/bin/sendoff down housing'; fi

test: .venv/dev.stamp ## run the tests, those that need a Docker engine where one answers (ARGS=... for pytest)
	.venv/bin/pytest -n auto --dist loadfile $(ARGS)

lint: .venv/dev.stamp ## check style, types, and which module may import which
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: .venv/dev.stamp ## measure the bars of docs/performance.md (needs a Docker engine, wrk and Chromium)
	.venv/bin/python -m tests.bench $(ARGS)

docs: .venv/bin/uv ## check the links of README.md and docs/
	.venv/bin/python docs/check_links.py

clean: ## remove what was built; .venv stays
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/bin/uv:
	@$(or $(PYTHON),false) -c '$(NEW_ENOUGH)' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -qq --disable-pip-version-check uv

.venv/dev.stamp: pyproject.toml | .venv/bin/uv
	$(INSTALL) --editable '.[dev]'
	@# An editable install leaves out what lies outside of packages: JupyterLab's extension.
	@mkdir -p .venv/share/jupyter/labextensions
	@ln -sfn "$(CURDIR)/jupyter_ext/labextension" .venv/share/jupyter/labextensions/sendoff
	@touch $@

# The example is trained with scikit-learn and pandas; the development tools are not needed for it.
.venv/demo.stamp: pyproject.toml | .venv/bin/uv
	$(INSTALL) --editable . scikit-learn pandas
	@touch $@
