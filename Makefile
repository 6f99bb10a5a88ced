# Everything that a fresh machine with Swift, git and make needs: `make demo` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help demo test examples soak soak-memory sanitize interchange pages cluster cluster-demo cluster-compare cluster-test lint format build \
  dependencies clean

PYTHON ?= python3

SWIFT ?= swift
MODEL ?= .build/demo-model
SOURCES = Package.swift Sources Examples Tests

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: build ## train on the songs in corpora/ for less than a minute, write a song that rhymes, and make a page about the run
	.build/release/refrain train corpora --model $(MODEL) --overwrite --hidden 320 --epochs 40 --dropout 0.2 --patience 4
	@echo
	.build/release/refrain generate $(MODEL) --structure "verse:4 chorus:4 verse:4 chorus:=" --rhyme AABB --syllables 7-9 \
	  --max-copied 6 --candidates 64 --temperature 0.7 --top-p 0.9 --seed 2 --no-espeak --output $(MODEL).txt
	@cat $(MODEL).txt
	@echo
	.build/release/refrain evaluate --lyrics $(MODEL).txt --against corpora --model $(MODEL)
	@echo
	.build/release/refrain report $(MODEL) --output $(MODEL).html --title "The demonstration"
	@echo "the report of the run is in $(MODEL).html; open it in a browser"

test: dependencies ## build and run all tests
	$(SWIFT) build -c release --build-tests
	$(SWIFT) test -c release --skip-build

# Sixty kills of running trainers, and then 200,000 mutations of every file that is read: together they take each other's time.
soak: dependencies ## run the long tests: kills and hostile files
	$(SWIFT) build -c release --build-tests
	REFRAIN_SOAK=1 $(SWIFT) test -c release --skip-build --filter KillTests
	REFRAIN_SOAK=1 $(SWIFT) test -c release --skip-build --filter Hostile

examples: build ## regenerate the example reports in Corpora.md
	Tests/example-reports

MINUTES ?= 30
soak-memory: build ## train for MINUTES with checkpoints and evaluations beside it, and print a table of memory
	Tests/soak-memory .build/release/refrain $(MINUTES)

# OpenBLAS and the C library are not instrumented; the tests that run the command run an instrumented one. Built for release, since some
# tests prepare megabytes of songs, which take many times as long without optimization. On Linux the Swift compiler has no sanitizer for
# undefined behaviour, so its flags go to the C compiler and the linker: the first finding ends the tests with an error.
sanitize: dependencies ## run tests under the thread, address and undefined-behaviour sanitizers, in builds of their own
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/tsan-suppressions.txt halt_on_error=0 exitcode=66" \
	  $(SWIFT) test -c release --sanitize=thread --scratch-path .build-tsan --filter '$(SANITIZED)'
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test -c release --sanitize=address --scratch-path .build-asan --filter '$(SANITIZED)'
	UBSAN_OPTIONS=print_stacktrace=1 $(SWIFT) test -c release $(UBSAN) --scratch-path .build-ubsan --filter '$(COMPUTING)'
SANITIZED ?= FilesTests|LanguageModelTests|TrainingTests|StoreTests|ResumeCommandTests|ChangedCorpusTests|EarlySignalTests
UBSAN = -Xcc -fsanitize=undefined,float-cast-overflow -Xcc -fno-sanitize-recover=all -Xswiftc -Xclang-linker -Xswiftc -fsanitize=undefined
COMPUTING ?= KernelsTests|LanguageModelTests

build: dependencies ## build the command: .build/release/refrain
	$(SWIFT) build -c release

interchange: dependencies ## compare our files with other programs' reading of them (Python; packages from PyPI)
	$(SWIFT) build -c release --build-tests
	@[ -x .build/python/bin/python ] || $(PYTHON) -m venv .build/python
	.build/python/bin/python -m pip install --quiet --requirement Tests/Interchange/requirements.txt
	REFRAIN_PYTHON=$(CURDIR)/.build/python/bin/python $(SWIFT) test -c release --skip-build --filter Interchange
	.build/python/bin/python Tests/Interchange/compare_tokenizers.py .build/release/refrain

pages: build ## open pages of reports in a headless Chromium and check them; screenshots go to .build/pages
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq chromium; } || \
	  { echo "error: chromium is missing; ask root for: apt-get install chromium" >&2; exit 1; }
	Tests/pages .build/release/refrain .build/pages

# Open MPI's mpirun refuses to run as root, as in containers, and to start more ranks than there are cores, unless it is told to.
MPIRUN = OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 mpirun
CLUSTER = .build-mpi/release/refrain

cluster: dependencies ## build the command with MPI, for training on several machines: .build-mpi/release/refrain
	@if ! pkg-config --exists ompi-c || ! command -v mpirun >/dev/null; then \
	  [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libopenmpi-dev openmpi-bin || \
	  { echo "error: Open MPI is missing; ask root for: apt-get install libopenmpi-dev openmpi-bin" >&2; exit 1; }; \
	fi
	$(SWIFT) build -c release --product refrain --traits MPI --scratch-path .build-mpi

cluster-demo: cluster ## train on the songs in corpora/ with two processes under mpirun
	$(MPIRUN) -n 2 $(CLUSTER) train corpora --model $(MODEL) --overwrite --hidden 320 --epochs 10 --dropout 0.2 --groups 2 --workers 1

cluster-compare: cluster ## check that 1, 2 and 4 processes train the same models
	Tests/compare-ranks $(CLUSTER)

cluster-test: cluster ## train on hosts made of network namespaces (root), which are killed, cut off and slowed down
	Tests/cluster-hosts $(CLUSTER)

lint: ## check the format of all sources
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

format: ## format all sources
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

clean: ## remove all that was built
	rm -rf .build .build-mpi

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
