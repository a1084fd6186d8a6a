#!/bin/sh
# Renews requirements/*.txt: hashes of every published file of each version, and no index host.
set -eu
cd "$(dirname "$0")/.."
[ -x .venv-lock/bin/pip-compile ] || { python3 -m venv .venv-lock && .venv-lock/bin/pip install -q pip-tools; }
cd requirements
compile="../.venv-lock/bin/pip-compile --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-header \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --quiet"
$compile --output-file dev.txt dev.in
$compile --constraint dev.txt --output-file base.txt base.in
