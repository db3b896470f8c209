#!/usr/bin/env bash
# Writes BODY, a file that a step before has just made, as comments on NUMBER: one for each marker in it.
# Only a comment of AUTHOR is ever replaced: anybody can write a marker.
set -uo pipefail
cd "$RUNNER_TEMP"

if [ -z "${BODY:-}" ] || [ -L "$BODY" ] || [ ! -f "$BODY" ] || [ ! -s "$BODY" ]; then
  echo "no report was written, so nothing is posted"
  exit 0
fi
case "$NUMBER" in
  '' | *[!0-9]*) echo "this run belongs to no open pull request" && exit 0 ;;
esac
case "$(head -n 1 "$BODY")" in
  "<!-- imgcheck:"*" -->") ;;
  *) echo "::error title=imgcheck::The report has no marker." && exit 2 ;;
esac
# A report of several builds has a marker where each begins; text from a build cannot make one.
parts="$(mktemp -d "$RUNNER_TEMP/imgcheck-comments-XXXXXXXX")"
awk -v folder="$parts" '/^<!-- imgcheck:.* -->$/ { file = sprintf("%s/%03d.md", folder, ++number) } { print > file }' "$BODY"
comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
listed="$(gh api --paginate "$comments" \
    --jq '.[] | [.id, .user.login, (.body | split("\n")[0] | rtrimstr("\r"))] | @tsv')" || listed=""
for part in "$parts"/*.md; do
  old="$(printf '%s\n' "$listed" | MARKER="$(head -n 1 "$part")" awk -F '\t' \
    '$2 == ENVIRON["AUTHOR"] && $3 == ENVIRON["MARKER"] { print $1; exit }')"
  if [ -n "$old" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$old" -F "body=@$part"
  else
    gh api --silent --method POST "$comments" -F "body=@$part"
  fi || echo "::warning title=imgcheck::No comment was written. For pull requests from forks see docs/ci.md."
done
