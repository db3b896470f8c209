#!/usr/bin/env bash
# Writes BODY, a file that a step before has just made, as the one comment of its marker on NUMBER.
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
marker="$(head -n 1 "$BODY")"
case "$marker" in
  "<!-- imgcheck:"*" -->") ;;
  *) echo "::error title=imgcheck::The report has no marker." && exit 2 ;;
esac
comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
old="$(gh api --paginate "$comments" \
    --jq '.[] | [.id, .user.login, (.body | split("\n")[0] | rtrimstr("\r"))] | @tsv' \
  | MARKER="$marker" awk -F '\t' '$2 == ENVIRON["AUTHOR"] && $3 == ENVIRON["MARKER"] { print $1; exit }')" || old=""
if [ -n "$old" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$old" -F "body=@$BODY"
else
  gh api --silent --method POST "$comments" -F "body=@$BODY"
fi || echo "::warning title=imgcheck::No comment was written. For pull requests from forks see docs/ci.md."
