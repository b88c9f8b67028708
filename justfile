# Common tasks: `just TASK`. See CONTRIBUTING.md.

# List the tasks.
default:
    @just --list

# Build the sample articles.
build *ARGS:
    uv run onrecord build {{ARGS}}

# Run the quick tests.
test *ARGS:
    uv run pytest {{ARGS}}

# Run the slow tests: whole builds, kills, the browser, the daemon, Ray.
test-slow:
    uv run pytest -m slow

# Format, lint and check types.
lint:
    uv run ruff format .
    uv run ruff check .
    uv run mypy

# Write the generated parts of README.md and docs/.
docs:
    uv run python -m benchmarks.docs

# Record the versions of stages whose code changed.
versions *ARGS:
    uv run python -m tests.unit.test_code_versions {{ARGS}}

# Measure the scores on annotated articles (ONRECORD_GOLD) and write what follows from them.
scores *PARTS:
    uv run --group benchmarks python -m benchmarks.history {{PARTS}}

# All that CI runs.
ci:
    .ci/run
