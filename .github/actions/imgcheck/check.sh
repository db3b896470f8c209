#!/usr/bin/env bash
# Runs the gate. Inputs arrive as IN_* and are only ever arguments; reports go to a fresh folder that
# nothing of the checkout can have prepared, and their names are told once they are written.
set -uo pipefail

folder="$(mktemp -d "$RUNNER_TEMP/imgcheck-report-XXXXXXXX")" || exit 2
arguments=(--fail-on "$IN_FAIL_ON" --summary auto --output github)
written=("folder=$folder")
for output in json=imgcheck.json markdown=comment.md sarif=imgcheck.sarif junit=imgcheck.xml html=imgcheck.html; do
  arguments+=(--output "${output%%=*}=$folder/${output#*=}")
  written+=("${output%%=*}=$folder/${output#*=}")
done
[ -z "${IN_BUILD:-}" ] || arguments+=(--build "$IN_BUILD")
[ -z "$IN_MAP" ] || arguments+=(--map "$IN_MAP")
[ -z "$IN_OTA" ] || arguments+=(--ota "$IN_OTA")
[ -z "$IN_POLICY" ] || arguments+=(--policy "$IN_POLICY")
[ -z "${IN_TITLE:-}" ] || arguments+=(--title "$IN_TITLE")
[ -z "${IN_BASELINE:-}" ] || arguments+=(--baseline "$IN_BASELINE")
[ -z "${IN_DB:-}" ] || arguments+=(--db "$IN_DB")
[ -z "$IN_OBJECTS" ] || arguments+=(--objects "$IN_OBJECTS")
[ -z "$IN_SOURCES" ] || arguments+=(--sources "$IN_SOURCES")
while IFS= read -r layout; do
  [ -z "$layout" ] || arguments+=(--layout "$layout")
done <<< "$IN_LAYOUTS"

# "auto": where the libraries are installed beside the program; -I, so that nothing of the checkout is one.
second="${IN_SECOND_READER:-auto}"
if [ "$second" = "auto" ]; then
  second=false
  python="$(dirname -- "$(readlink -f -- "$PROGRAM")")/python"
  ! "$python" -I -c 'import elftools, lief' 2> /dev/null || second=true
fi
[ "$second" != "true" ] || arguments+=(--second-reader)

# "auto" is nothing where there is no pull request; an empty text is a variable that nobody set: refused.
revision="$IN_POLICY_FROM"
if [ "$revision" = "auto" ]; then
  revision="${BASE_SHA:-none}"
fi
if [ "$revision" != "none" ]; then
  # actions/checkout fetches one commit only; the base is not in it.
  git=(git "--git-dir=$GITHUB_WORKSPACE/.git" --no-replace-objects -c core.hooksPath=/dev/null -c core.fsmonitor=false)
  GIT_NO_LAZY_FETCH=1 "${git[@]}" cat-file -e "$revision^{commit}" 2> /dev/null \
    || "${git[@]}" fetch --quiet --depth=1 --no-tags --no-recurse-submodules -- origin "$revision" || true
  arguments+=(--policy-from "$revision")
fi

status=0
[ -z "$IN_ELF" ] || arguments+=(-- "$IN_ELF")
"$PROGRAM" check "${arguments[@]}" || status=$?
if [ "$status" -ge 2 ]; then
  echo "verdict=unknown" >> "$GITHUB_OUTPUT"
  echo "::error title=imgcheck::The check could not be made; the log of this step says why."
else
  printf '%s\n' "${written[@]}" >> "$GITHUB_OUTPUT"
fi
exit "$status"
