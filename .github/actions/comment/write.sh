#!/usr/bin/env bash
# Makes the comment of IN_JSON, another run's report, in a fresh folder, and says where.
set -euo pipefail
folder="$(mktemp -d "$RUNNER_TEMP/imgcheck-comment-XXXXXXXX")"
"$PROGRAM" comment -o "$folder/comment.md" -- "$IN_JSON"
echo "markdown=$folder/comment.md" >> "$GITHUB_OUTPUT"
