#!/bin/sh
# Installs inside an image, with tools that do not stay there. Every download is checked by the hashes of a lock.
#   install.sh packages LOCK    what LOCK names, into /opt/venv
#   install.sh project FOLDER   brandlens itself, into /opt/brandlens
set -eu
locks=$(dirname "$0")
tools=$(mktemp -d)
# uv leaves locks that anyone may write.
trap 'rm -rf "$tools" /opt/venv/.lock /opt/brandlens/.lock' EXIT
export UV_NO_CACHE=1 UV_SYSTEM_CERTS=1 # the system's certificates: an index may stand behind a company's proxy
export UV_COMPILE_BYTECODE=1           # a read-only root cannot keep what is compiled later
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
  -r "$locks/tools.lock"
uv() { "$tools/bin/uv" --quiet "$@"; }

case "$1" in
packages)
  test -x /opt/venv/bin/python || python3 -m venv --without-pip /opt/venv
  # Three of the packages are published as source only; the lock of the tools holds what builds them, too.
  uv pip install --python /opt/venv/bin/python --no-deps --require-hashes --build-constraints "$locks/tools.lock" -r "$2"
  rm -rf /opt/venv/lib/python3*/site-packages/tensorflow/include # 287 MB of C++ headers
  ;;
project)
  uv build --wheel --no-build-isolation --python "$tools/bin/python" --out-dir "$tools/dist" "$2"
  uv pip install --python /opt/venv/bin/python --no-deps --target /opt/brandlens "$tools"/dist/*.whl
  chmod -R a+rX /opt/brandlens # a wheel keeps the modes of the folder that it was built from
  ;;
*)
  echo "install.sh: packages LOCK or project FOLDER, not $1" >&2
  exit 64
  ;;
esac
