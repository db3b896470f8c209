#!/usr/bin/env bash
# Installs imgcheck of the action's own commit where nothing of the checkout is looked at, and says where.
# PYTHON, ACTION (this folder) and INSTALL come from the action; the rest is the runner's.
set -euo pipefail

if [ "$INSTALL" != "true" ]; then
  # The job's own: found by its PATH.
  echo "program=$(PATH="$JOB_PATH" command -v imgcheck)" >> "$GITHUB_OUTPUT"
  exit 0
fi

# -I: a venv.py or a pip/ in the checkout is not Python's own; what builds the wheel is a process without -I.
export PIP_CONFIG_FILE=/dev/null # no configuration at all: --isolated alone reads that of the system
cd "$RUNNER_TEMP"
home="$(mktemp -d "$RUNNER_TEMP/imgcheck-XXXXXXXX")"
"$PYTHON" -I -m venv "$home/venv"
install() {
  "$home/venv/bin/python" -I -m pip --isolated --disable-pip-version-check install --quiet "$@"
}
install --require-hashes --only-binary :all: -r "$ACTION/requirements.txt"
install --no-index --no-deps --no-build-isolation "$ACTION/../../.."
echo "program=$home/venv/bin/imgcheck" >> "$GITHUB_OUTPUT"
