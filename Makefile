# Everything that a fresh machine with Swift, git and make needs: `make demo` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help demo test lint format build dependencies clean

SWIFT ?= swift
MODEL ?= .build/demo-model
SOURCES = Package.swift Sources Tests

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: build ## train on the songs in corpora/ for a minute or two, and write one
	.build/release/refrain train corpora --model $(MODEL) --overwrite --hidden 320 --epochs 40 --sample-every 620
	@echo
	.build/release/refrain generate $(MODEL) --prompt "The Lantern" --seed 5 --length 180 --temperature 0.7 --top-p 0.85

test: dependencies ## build and run all tests
	$(SWIFT) build -c release --build-tests
	$(SWIFT) test -c release --skip-build

build: dependencies ## build the command: .build/release/refrain
	$(SWIFT) build -c release

lint: ## check the format of all sources
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

format: ## format all sources
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

clean: ## remove all that was built
	rm -rf .build

# OpenBLAS is the one library that does not come with Swift.
dependencies:
	@command -v $(SWIFT) >/dev/null || { echo "error: no Swift toolchain found; install Swift 6.2 or later from https://swift.org/install" >&2; exit 1; }
	@if ! pkg-config --exists openblas 2>/dev/null; then \
	  if ! command -v apt-get >/dev/null; then \
	    echo "error: OpenBLAS was not found by pkg-config; install its development package (and pkg-config), then run make again" >&2; exit 1; \
	  elif [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libopenblas-dev pkg-config; \
	  elif command -v sudo >/dev/null; then \
	    sudo apt-get update -qq && sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libopenblas-dev pkg-config; \
	  else \
	    echo "error: OpenBLAS is missing and this user cannot install it; ask root for: apt-get install libopenblas-dev pkg-config" >&2; exit 1; \
	  fi; \
	fi
