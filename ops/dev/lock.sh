#!/bin/sh
# Makes both locks anew: hashed, for every platform, naming no package index.
set -eu
cd "$(dirname "$0")/../.."
uv=$(command -v uv || ls .bootstrap/bin/uv .bootstrap/lib/bin/uv 2>/dev/null | head -1)
options="--universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --quiet"
# shellcheck disable=SC2086
"$uv" pip compile pyproject.toml --extra dev $options -o requirements-dev.lock
# shellcheck disable=SC2086
"$uv" pip compile pyproject.toml $options -c requirements-dev.lock -o requirements.lock
