#!/usr/bin/env bash
# Which open pull request is a run about? A number from its artifact could be any pull request's, so it is
# looked up by the commit and the branch that the event names.
set -euo pipefail
number="$(gh api --method GET "repos/$GITHUB_REPOSITORY/pulls" -f state=open -f "head=$HEAD_LABEL" \
    --jq '.[] | [.number, .head.sha] | @tsv' \
  | awk -F '\t' '$2 == ENVIRON["HEAD_SHA"] { print $1; exit }')"
echo "number=$number" >> "$GITHUB_OUTPUT"
