# Everything starts here. A machine needs Python 3.11 or newer and make; the rest is fetched by the first command.
# PYTHON=/path/to/python3 chooses the interpreter. FLYWHEEL_PORT=4700 moves the engine.
.DEFAULT_GOAL := help
.PHONY: help setup demo up down test check format bench licences costs sbom audit clean

# With Node for the CDK's jsii and uv for bundling, for tools and tests that start them.
TOOLS := $(CURDIR)/.local/tools/bin
RUN := PATH="$(CURDIR)/.venv/bin:$(TOOLS):$$PATH" UV="$(TOOLS)/uv" .venv/bin/python

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

setup: ## Install the tools and packages (every other target does this first)
	@python=$$(ops/python) && "$$python" ops/setup.py

demo: setup ## Start everything, make pages and posts from live markets, and show them
	@$(RUN) -m ops demo

up: setup ## Start and deploy; writes .local/outputs.json
	@$(RUN) -m ops up

down: setup ## Stop; everything made is kept
	@$(RUN) -m ops down

test: setup ## Run every test, two processes side by side; ARGS="tests/unit -k word" runs some, one after the other
	@$(RUN) -m pytest $(or $(ARGS),-n 2 --dist loadgroup)

check: setup ## Lint and type checks
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy .

format: setup ## Format the code and apply the linter's safe fixes
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .

bench: setup ## Measure (ARGS="--help" shows the options)
	@$(RUN) -m benchmarks $(ARGS)

costs: setup ## Write docs/costs.md: what a deployment costs a month, from the template and counted calls
	@$(RUN) -m benchmarks.bill

licences: setup ## Write THIRD_PARTY.md: what the zips hold of others, and under which licences
	@$(RUN) -m infra.licences

sbom: setup ## Write .local/sbom.cdx.json: what the zips hold of others, and what deploys them, as CycloneDX
	@$(RUN) -m infra.sbom

audit: setup ## Ask the public lists of known holes about every locked package; needs a network, and says so without one
	@$(RUN) -m ops.audit

clean: ## Stop, and remove everything made here
	@if [ -d .local ] && [ -x .venv/bin/python ]; then $(RUN) -m ops down; fi
	rm -rf .local cdk.out
