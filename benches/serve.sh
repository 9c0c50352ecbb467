#!/usr/bin/env bash
# What a preview costs: until it is ready (cold, and with the cache of a build), from saving a file to the answer over
# HTTP, memory, and CPU time while nothing happens. Usage: benches/serve.sh [GUIDES...]
#
# Each size is measured without and with account types. With Chromium and `npm ci` in tests/browser it also measures
# from saving to seeing, by the page's own clock. BIN names another build of guidepost. Times to compare come from an
# idle machine; the CPU time beside them says how much of a time was work.
set -euo pipefail
cd "$(dirname "$0")/.."

guides=("${@:-1000 10000}")
read -ra guides <<<"${guides[*]}"
bin=${BIN:-target/release/guidepost}
[[ -n ${BIN:-} ]] || cargo build --release --quiet --bin guidepost
corpus=${CORPUS:-target/release/examples/corpus}
[[ -n ${CORPUS:-} ]] || cargo build --release --quiet --example corpus
work=$(mktemp -d -p "${TMPFS:-/dev/shm}" guidepost-serve.XXXXXX)
pid=
trap '[[ -z $pid ]] || kill "$pid"; rm -rf "$work"' EXIT

now() { date +%s%N; }
# CPU time of the preview so far, in ms.
spent() { awk '{ print ($14 + $15) * 10 }' "/proc/$pid/stat"; }
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)], v[NR] }'; }

# Starts a preview; sets `took` to how many ms it took until it answered.
start() {
  local begin
  # What the last one said must not be taken for this one's word.
  : >"$work/said"
  begin=$(now)
  "$bin" serve --root "$work/site" --port 0 --as-of 2026-08-01 2>"$work/said" &
  pid=$!
  until address=$(grep -o 'http://[^ ]*' "$work/said"); do sleep 0.002; done
  curl --silent --output /dev/null "$address"
  took=$((($(now) - begin) / 1000000))
}

stop() {
  kill "$pid"
  wait "$pid" 2>/dev/null || true
  pid=
}

# Starts five times, and prints the medians.
ready() {
  : >"$work/times"
  : >"$work/cpu"
  for _ in 1 2 3 4 5; do
    start
    echo "$took" >>"$work/times"
    spent >>"$work/cpu"
    stop
  done
  printf '  %-26s %6d ms (%d ms of CPU time)\n' "$1" "$(median "$work/times" | cut -d' ' -f1)" "$(median "$work/cpu" | cut -d' ' -f1)"
}

# One corpus: COUNT [--variants]
measure() {
  local count=$1 file page before edit begin
  rm -rf "$work/site" "$work/out"
  "$corpus" "$work/site" "$count" "${@:2}"
  ready 'ready, cold'
  # A file that is as young as the clock's ticks is read once more, whatever the cache says.
  sleep 2
  "$bin" build --root "$work/site" --out "$work/out" --as-of 2026-08-01 2>/dev/null
  ready 'ready, after a build'
  start
  file=$(find "$work/site/content" -name '*.md' ! -name index.md | sort | sed -n "$((count / 2))p")
  page=${file#"$work/site/content/"}
  page=$address${page%.md}/
  cp "$file" "$work/old"
  curl --silent --output /dev/null "$page"
  : >"$work/times"
  before=$(spent)
  for edit in $(seq 50); do
    { cat "$work/old"; printf '\nMARK%s.\n' "$edit"; } >"$work/new"
    begin=$(now)
    cp "$work/new" "$file"
    until curl --silent "$page" | grep -q "MARK$edit\."; do :; done
    echo "$((($(now) - begin) / 1000))" >>"$work/times"
    sleep 0.05
  done
  read -r middle worst < <(median "$work/times")
  awk -v m="$middle" -v w="$worst" -v cpu="$((($(spent) - before) / 50))" 'BEGIN {
    printf "  %-26s %6.1f ms, at worst %.1f (curl included; %d ms of CPU time)\n", "edit to answer", m / 1000, w / 1000, cpu }'
  awk '/VmHWM/ { peak = $2 } /VmRSS/ { now = $2 } END {
    printf "  %-26s %6d MB, at most %d\n", "memory", now / 1024, peak / 1024 }' "/proc/$pid/status"
  before=$(spent)
  sleep 5
  printf '  %-26s %6d ms in 5 s\n' 'CPU while nothing happens' "$(($(spent) - before))"
  stop
  cp "$work/old" "$file"
  if [[ -d tests/browser/node_modules ]]; then
    printf '  edit to sight in Chromium:'
    node tests/browser/serve.mjs --bin "$bin" --only 'from saving' --corpus "$work/site" | head -1
  fi
}

for count in "${guides[@]}"; do
  echo "$count guides"
  measure "$count"
  echo "$count guides with account types"
  measure "$count" --variants
done
