# `make help` lists what there is. Everything runs in .venv, which the first target that needs it makes.

PYTHON ?= python3
DATA_ROOT ?= build/data
PROFILE ?= kubeflow
RUNNER ?= subprocess
BIN := .venv/bin
BRANDLENS := $(BIN)/brandlens
READY := .venv/.ready
CONFIG_OPTION = $(if $(CONFIG),--config $(CONFIG))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash -o pipefail

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r name text; do printf '  %-16s %s\n' "$$name" "$$text"; done

.PHONY: env
env: $(READY) ## Make .venv from requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' \
		|| { echo "Python 3.10, 3.11 or 3.12 is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Say which: make PYTHON=python3.11 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@# The installer itself comes from the lock, too: its entry is the lines from `uv==` to the last hash.
	@awk '/^uv==/{on=1} on{print} on && !/\\$$/{exit}' requirements.lock > .venv/uv.lock
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock
	@# Bytecode is compiled once here: where Python may not write it, every step would compile TensorFlow anew.
	VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

.PHONY: demo
demo: $(READY) ## Sample images, weights, the whole pipeline; prints where the report is
	$(BRANDLENS) sample-data build/sample
	$(BRANDLENS) weights mobilenet_v2 xception
	$(BRANDLENS) run-local build/sample --config examples/demo.yaml --data-root build/demo

.PHONY: run-local
run-local: $(READY) ## The whole pipeline on your images: RAW=folder [CONFIG=file.yaml] [DATA_ROOT=folder] [RUNNER=docker]
	@test -n "$(RAW)" || { echo "Say where the images are: make run-local RAW=folder (with one folder per brand in it)"; exit 64; }
	$(BRANDLENS) run-local "$(RAW)" $(CONFIG_OPTION) --data-root "$(DATA_ROOT)" --runner "$(RUNNER)"

.PHONY: compile
compile: $(READY) ## build/training.yaml for a server: PROFILE=kubeflow|vertex|file.yaml [CONFIG=file.yaml]
	$(BRANDLENS) compile --profile "$(PROFILE)" $(CONFIG_OPTION) --output build/training.yaml

# A value that was given for this call; DATA_ROOT's own default is a folder of this machine.
given = $(if $(filter command environment,$(firstword $(origin $(1)))),$(if $($(1)),--$(2) "$($(1))"))
PLACES = $(call given,RAW,raw) $(call given,DATA_ROOT,data-root)

.PHONY: submit-pipeline
submit-pipeline: $(READY) ## Run it on a server: PROFILE=file.yaml [CONFIG=file.yaml] [RAW=gs://..] [DATA_ROOT=gs://..] [WAIT=1]
	$(BRANDLENS) submit --profile "$(PROFILE)" $(CONFIG_OPTION) $(PLACES) $(if $(WAIT),--wait)

.PHONY: schedule
schedule: $(READY) ## Run it regularly: PROFILE=file.yaml CRON="0 0 3 * * *" (seconds first) [CONFIG=file.yaml]
	@test -n "$(CRON)" || { echo 'Say when: make schedule CRON="0 0 3 * * *" is every night at three, seconds first'; exit 64; }
	$(BRANDLENS) schedule create "$(CRON)" --profile "$(PROFILE)" $(CONFIG_OPTION) $(PLACES)

.PHONY: test
test: $(READY) browser ## All tests that need no cluster and no GPU
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_OPTIONS)

.PHONY: browser
browser: # The report is tested in a real browser; where we may, we install one.
	@command -v chromium chromium-browser google-chrome >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
		&& { apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium >/dev/null; }; } \
		|| echo "No Chromium or Chrome: the tests of the report in a browser are skipped."

.PHONY: lint
lint: $(READY) ## Style, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/hadolint docker/*.Dockerfile
	@! command -v terraform >/dev/null || terraform fmt -check infra

.PHONY: format
format: $(READY) ## Put the code in the one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: golden
golden: $(READY) ## Renew the compiled graphs that the tests compare with
	$(BRANDLENS) compile --profile kubeflow --output tests/pipelines/golden/kubeflow.yaml
	$(BRANDLENS) compile --profile vertex --output tests/pipelines/golden/vertex.yaml

.PHONY: bench-local
bench-local: $(READY) ## The demo fresh, again, and with random weights; build/bench/local.json
	$(BIN)/python -m benchmarks.local

.PHONY: bench-compile
bench-compile: $(READY) ## Time and imports of compiling; build/bench/compile.json
	$(BIN)/python -m benchmarks.compile

.PHONY: bench-features
bench-features: $(READY) ## What stored features cost and save, and what half precision changes; build/bench/features.json
	$(BIN)/python -m benchmarks.features $(OPTIONS)

.PHONY: bench-readers
bench-readers: $(READY) ## What stored features save in validation and evaluation; build/bench/readers.json [OPTIONS=--quick]
	$(BIN)/python -m benchmarks.feature_readers $(OPTIONS)

.PHONY: bench-search
bench-search: $(READY) ## The search against plain KerasTuner and its own limit; build/bench/search.json [OPTIONS=--quick]
	$(BIN)/python -m benchmarks.search $(OPTIONS)

.PHONY: bench-race
bench-race: $(READY) ## How soon plain KerasTuner's best score comes, and what the winners are worth on unseen photographs; build/bench/race-*.json [OPTIONS=--quick]
	$(BIN)/python -m benchmarks.race $(OPTIONS)

.PHONY: bench-gpu
bench-gpu: $(READY) ## Search and final training on a GPU with JAX; build/bench/gpu.json [OPTIONS=--quick]
	$(BIN)/python -m benchmarks.gpu $(OPTIONS)

.PHONY: bench-preprocess
bench-preprocess: $(READY) ## Preparing images against the bare decoding loop; build/bench/preprocess.json [OPTIONS=--quick]
	$(BIN)/python -m benchmarks.preprocess $(OPTIONS)

.PHONY: bench-listing
bench-listing: $(READY) ## Memory of listing a thousand to a million images; build/bench/listing.json [OPTIONS=--quick]
	$(BIN)/python -m benchmarks.listing $(OPTIONS)

.PHONY: bench-duplicates
bench-duplicates: $(READY) ## Which edits of a picture are found, which different ones are confused; build/bench/duplicates.json
	$(BIN)/python -m benchmarks.duplicates

.PHONY: bench-quality
bench-quality: $(READY) ## How good the winner is, on a published task and the sample; build/bench/quality.json [OPTIONS=--quick]
	$(BIN)/python -m benchmarks.quality $(OPTIONS)

.PHONY: images
images: ## Container images of the steps, by docker, buildah or podman: [TENSORFLOW=cuda] [BASE_IMAGE=...]
	docker/images.sh build

.PHONY: push-images
push-images: ## Push them and print what the profile needs: REGISTRY=europe-docker.pkg.dev/project/repository
	docker/images.sh push "$(REGISTRY)"

.PHONY: test-containers
test-containers: $(READY) ## Build the images and run the whole pipeline in them (Docker; or Debian as root)
	tests/containers/with_engine.sh $(BIN)/python -m pytest -m containers tests/containers $(PYTEST_OPTIONS)

BEAM_VERSION = $(shell sed -n 's/^apache-beam==\([0-9.]*\).*/\1/p' requirements.lock)

.PHONY: test-kfp-server
test-kfp-server: $(READY) ## Package and commands on a real Kubeflow Pipelines: ENDPOINT=http://localhost:8888 or PROFILE=file.yaml
	KF_PIPELINES_ENDPOINT="$(or $(ENDPOINT),$(KF_PIPELINES_ENDPOINT))" KFP_SERVER_PROFILE="$(if $(filter command environment,$(firstword $(origin PROFILE))),$(PROFILE))" \
		$(BIN)/python -m pytest -m kfp_server tests/kfp_real $(PYTEST_OPTIONS)

.PHONY: test-flink
test-flink: $(READY) ## Preprocess on a local Flink writes the same bytes as here (needs Java 17 and Maven)
	tests/runners/fetch.sh flink $(BEAM_VERSION)
	$(BIN)/python -m pytest -m flink tests/runners $(PYTEST_OPTIONS)

.PHONY: test-prism
test-prism: $(READY) ## The same on Beam's Prism runner (needs Go; builds it once, in two minutes)
	tests/runners/fetch.sh prism $(BEAM_VERSION)
	$(BIN)/python -m pytest -m prism tests/runners $(PYTEST_OPTIONS)

LOCK := VIRTUAL_ENV=.venv $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate
IMAGE_LOCK := $(LOCK) --python-version 3.11 --constraint requirements.lock

.PHONY: lock
lock: $(READY) ## Renew requirements.lock from pyproject.toml, and the images' locks from both
	$(LOCK) --universal --python-version 3.10 --extra dev pyproject.toml --output-file requirements.lock
	$(IMAGE_LOCK) --universal --extra data pyproject.toml --output-file docker/data.lock
	$(IMAGE_LOCK) --universal --extra train pyproject.toml --output-file docker/gpu-cpu.lock
	$(IMAGE_LOCK) --python-platform x86_64-manylinux_2_28 --extra train pyproject.toml docker/gpu-cuda.in \
		--override docker/gpu-cuda.overrides --output-file docker/gpu-cuda.lock
	printf 'hatchling\nsetuptools\nuv\n' | $(IMAGE_LOCK) --universal - --output-file docker/tools.lock

.PHONY: clean
clean: ## Remove build/ (data, models and reports of local runs) and caches
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
