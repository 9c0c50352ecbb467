#!/usr/bin/env bash
# What a preview costs: until it is ready (cold, and with the cache of a build), from saving a file to the answer over
# HTTP, memory, and CPU time while nothing happens. Usage: benches/serve.sh [GUIDES...]
#
# With Chromium and `npm ci` in tests/browser it also measures from saving to seeing, by the page's own clock.
set -euo pipefail
cd "$(dirname "$0")/.."

guides=("${@:-1000 10000}")
read -ra guides <<<"${guides[*]}"
bin=${BIN:-target/release/guidepost}
[[ -n ${BIN:-} ]] || cargo build --release --quiet --bin guidepost
cargo build --release --quiet --example corpus
work=$(mktemp -d -p "${TMPFS:-/dev/shm}" guidepost-serve.XXXXXX)
pid=
trap '[[ -z $pid ]] || kill "$pid"; rm -rf "$work"' EXIT

now() { date +%s%N; }

# Starts a preview, and prints how long it took until it answered.
start() {
  local begin
  begin=$(now)
  "$bin" serve --root "$work/site" --port 0 --as-of 2026-08-01 2>"$work/said" &
  pid=$!
  until address=$(grep -o 'http://[^ ]*' "$work/said"); do sleep 0.002; done
  curl --silent --output /dev/null "$address"
  printf '  %-28s %6d ms\n' "$1" "$((($(now) - begin) / 1000000))"
}

stop() {
  kill "$pid"
  wait "$pid" 2>/dev/null || true
  pid=
}

ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }

for count in "${guides[@]}"; do
  echo "$count guides"
  rm -rf "$work/site"
  target/release/examples/corpus "$work/site" "$count"
  start 'ready, cold'
  stop
  sleep 2
  "$bin" build --root "$work/site" --out "$work/out" --as-of 2026-08-01 2>/dev/null
  start 'ready, after a build'
  file=$(find "$work/site/content" -name '*.md' ! -name index.md | sort | sed -n "$((count / 2))p")
  page=${file#"$work/site/content/"}
  page=$address${page%.md}/
  cp "$file" "$work/old"
  curl --silent --output /dev/null "$page"
  : >"$work/times"
  for edit in $(seq 50); do
    { cat "$work/old"; printf '\nMARK%s.\n' "$edit"; } >"$work/new"
    begin=$(now)
    cp "$work/new" "$file"
    until curl --silent "$page" | grep -q "MARK$edit\."; do :; done
    echo "$((($(now) - begin) / 1000))" >>"$work/times"
    sleep 0.05
  done
  sort -n "$work/times" | awk '{ v[NR] = $1 } END {
    printf "  %-28s %6.1f ms at the median, %.1f at worst (with starting curl)\n", "edit to answer", v[int(NR / 2)] / 1000, v[NR] / 1000 }'
  awk '/VmHWM/ { peak = $2 } /VmRSS/ { printf "  %-28s %6d MB, peak %d MB\n", "memory", $2 / 1024, peak / 1024 }' "/proc/$pid/status"
  before=$(ticks)
  sleep 5
  printf '  %-28s %6d ms in 5 s\n' 'CPU while nothing happens' "$((($(ticks) - before) * 10))"
  stop
  cp "$work/old" "$file"
  if [[ -d tests/browser/node_modules ]]; then
    printf '  edit to sight in Chromium\n'
    node tests/browser/serve.mjs --bin "$bin" --only 'from saving' --corpus "$work/site" | sed 's/^/  /'
  fi
done
