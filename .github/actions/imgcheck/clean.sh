#!/bin/bash
# clean.sh SCRIPT: runs SCRIPT in an environment of the names below and no others. What steps before left there
# ($GITHUB_ENV, $GITHUB_PATH) then chooses no code of ours. It is a list of what may stay, as nobody can list what some
# program takes code from; and functions (BASH_FUNC_git%%) have names that no `unset` takes, while every bash that is
# called `sh` obeys them, however far down it is started.
set -uo pipefail

names=(
  CI GITHUB_ACTIONS GITHUB_API_URL GITHUB_OUTPUT GITHUB_REPOSITORY GITHUB_SERVER_URL GITHUB_STEP_SUMMARY
  GITHUB_WORKSPACE RUNNER_OS RUNNER_TEMP
  # How the network is reached; whose certificates are believed is the system's word.
  HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy SSH_AUTH_SOCK PGPASSWORD
  # What action.yml gives a step counts more there than what a step before left under the same name.
  ACTION AUTHOR BASE_SHA BODY GH_TOKEN HEAD_LABEL HEAD_SHA INSTALL NUMBER PROGRAM PYTHON
  IN_BASELINE IN_BUILD IN_DB IN_ELF IN_FAIL_ON IN_JSON IN_LAYOUTS IN_MAP IN_OBJECTS IN_OTA IN_POLICY IN_POLICY_FROM
  IN_SECOND_READER IN_SOURCES IN_TITLE
  # Made here, or by bash (that PWD is this folder).
  HOME JOB_PATH LANG PATH PWD TMPDIR
)
export LANG=C.UTF-8 TMPDIR="$RUNNER_TEMP"

# A program that lies in the checkout is the change's own, and would be handed a token.
kept=""
while IFS= read -r -d : entry; do
  case "$entry/" in
    "${GITHUB_WORKSPACE:-/nowhere}"/*) ;;
    /*) kept="$kept${kept:+:}$entry" ;;
  esac
done <<< "$PATH:"
if [ "$INSTALL" != true ]; then
  # The job brings its own imgcheck, which may need the job's own Python and home.
  export JOB_PATH="$PATH" PATH="$kept"
else
  # Else the system's programs come before those of a folder that a step before named, and nobody's settings count.
  export PATH="/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin${kept:+:$kept}"
  HOME="$(mktemp -d "$RUNNER_TEMP/imgcheck-home-XXXXXXXX")" || exit 2
  export HOME
  unset -v JOB_PATH
fi

told() {
  local name
  for name in "${names[@]}"; do
    [ -z "${!name+there}" ] || declare -p "$name"
  done
}
# -c: an empty environment, which no list of arguments (that others can read, a token in it) has to fill again.
# shellcheck disable=SC2016
exec -c /bin/bash --noprofile --norc -p -c 'IFS= read -r -d "" told <&3; exec 3<&-; eval "$told"; unset -v told; . "$0"' \
  "$1" 3< <(told)
