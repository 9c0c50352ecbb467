#!/usr/bin/env bash
# What a build after an edit costs, as a ratio to `examples/probe.rs`. Usage: benches/incremental.sh [ROUNDS]
#
# The probe stats sources and outputs and hashes the sources: less cannot tell whether anything changed. It and the
# builds run in turns, so that a machine that becomes slower for a while slows all; medians of elapsed time are
# compared. A clean build is compared with `examples/ledgerless.rs`, the same build but for the ledger. Set GUIDES to
# other corpus sizes, and BIN to another build of guidepost. Everything lies on a tmpfs.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-5}
read -ra guides <<<"${GUIDES:-10000}"
bin=${BIN:-target/release/guidepost}
export LC_ALL=C TIMEFORMAT=%R

[[ -n ${BIN:-} ]] || cargo build --release --quiet --bin guidepost --example corpus --example probe --example ledgerless
work=$(mktemp -d -p "${TMPFS:-/dev/shm}" guidepost-incremental.XXXXXX)
trap 'rm -rf "$work"' EXIT

# Elapsed seconds of a command; its own messages end up in $work/log.
elapsed() { { time "$@" >"$work/log" 2>&1; } 2>&1; }
median() { sort -g "$1" | awk '{ v[NR] = $1 } END { printf "%.3f\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
build() { "$1" build --root "$work/site" --out "$work/out" --as-of 2026-08-01 --format json "${@:2}"; }
probe() { target/release/examples/probe "$work/site" "$work/out"; }
rendered() { grep -o '"rendered":[0-9]*' "$work/log" | cut -d: -f2; }
fresh() { rm -rf "$work/out" "$work/site/.guidepost"; }

# Enters a time under a name, and how many outputs were rendered.
note() { echo "$2" >>"$work/times.$1" && rendered >"$work/count.$1"; }

# A line of the table: words, name, limit (0 = none).
line() {
  awk -v words="$1" -v time="$(median "$work/times.$2")" -v probe="$(median "$work/times.probe")" -v limit="$3" \
    -v count="$(cat "$work/count.$2")" 'BEGIN {
      ratio = time / probe
      verdict = limit == 0 ? "" : ratio <= limit ? "  (limit " limit ")" : "  ABOVE THE LIMIT OF " limit
      printf "  %-28s %7.3f s  %5.2f x probe  %6d rendered%s\n", words, time, ratio, count, verdict }'
}

measure() {
  local count=$1 guide round
  fresh
  rm -rf "$work"/site "$work"/times.* "$work"/count.*
  target/release/examples/corpus "$work/site" "$count"
  guide=$(find "$work/site/content" -name '*.md' ! -name index.md | sort | sed -n "$((count / 2))p")
  for ((round = 0; round < (rounds < 3 ? rounds : 3); round++)); do
    fresh
    note clean "$(elapsed build "$bin")"
    fresh
    elapsed target/release/examples/ledgerless "$work/site" "$work/out" >>"$work/times.ledgerless"
  done
  fresh
  local memory=unknown most
  # The limit: the sources' bytes, and 3 kB a page.
  most=$(find "$work/site" -type f -printf '%s\n' | awk -v pages="$count" '{ s += $1 } END { printf "%.0f MB", (s + 3000 * pages) / 1e6 }')
  if [[ -x /usr/bin/time ]]; then
    /usr/bin/time -o "$work/memory" -f %M "$bin" build --root "$work/site" --out "$work/out" --as-of 2026-08-01 \
      >"$work/log" 2>&1
    memory=$(awk '{ printf "%.0f MB", $1 * 1024 / 1e6 }' "$work/memory")
  else
    build "$bin" >"$work/log"
  fi
  # A file's time is believed when it is two seconds old, and the build after that takes note of it.
  sleep 2.5
  build "$bin" >"$work/log"
  for ((round = 0; round < rounds; round++)); do
    elapsed probe >>"$work/times.probe"
    note noop "$(elapsed build "$bin")"
    elapsed probe >>"$work/times.probe"
    note hashed "$(elapsed build "$bin" --no-mtime)"
    printf '\nOne more sentence (%d).\n' "$round" >>"$guide"
    note body "$(elapsed build "$bin")"
    elapsed probe >>"$work/times.probe"
    sed -i "s/^title: .*/title: Another title $round/" "$guide"
    note title "$(elapsed build "$bin")"
    sleep 2.5
    build "$bin" >"$work/log"
  done
  echo "$count guides, $(find "$work/out" -type f | wc -l) files; probe $(median "$work/times.probe") s;" \
    "clean build at most $memory (sources and 3 kB a page: $most)"
  line 'no edit' noop 1
  line 'no edit, --no-mtime' hashed 2
  line 'one word in a body' body 2
  line 'one title' title 2.5
  line 'clean' clean 0
  awk -v a="$(median "$work/times.clean")" -v b="$(median "$work/times.ledgerless")" \
    'BEGIN { printf "  clean, over one without a ledger: %.2f (limit 1.15)\n", a / b }'
}

for count in "${guides[@]}"; do
  measure "$count"
done
