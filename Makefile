# Thin lines over the scripts in bin/, which also work on a machine without make.
.DEFAULT_GOAL := help
.PHONY: help run test lint soak bench bench-quick docs lock verapdf

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf 'make %-12s %s\n' "$$name" "$$text"; done

run: ## Set up what is missing and start the system with a demonstration district (DEMO=0: an empty one)
	@bin/run

test: ## Run every test on SQLite and on PostgreSQL, browser tests included
	@bin/test

lint: ## Check style, types, layers, templates, generated documents and locks
	@bin/lint

soak: ## Run the heavy proofs in full (SEED=number repeats a run)
	@bin/soak

bench: ## Measure at full size
	@bin/bench

bench-quick: ## Measure at a small size, in under five minutes
	@bin/bench --quick

docs: ## Write the generated documents anew
	@bin/docs

lock: ## Resolve requirements.in and requirements-dev.in anew
	@bin/lock

verapdf: ## Check sealed documents with the engine of veraPDF (optional: needs Java)
	@bin/verapdf
