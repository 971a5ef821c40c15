#!/bin/sh
# drift.sh FOLDER: quiet while all is clean; else prints the report, and ends with the code of scoped-keys drift.
set -eu
cd "$1"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ npm ci && npx cdktf synth; } > "$log" 2>&1 || { cat "$log"; exit 1; }
code=0
npx cdktf-scoped-keys drift --previous drift.json --report drift.json > "$log" 2>&1 || code=$?
[ "$code" = 0 ] || cat "$log"
exit "$code"
