#!/usr/bin/env bash
# What a clean build costs, as a ratio to `examples/floor.rs` on the same corpus. Usage: benches/measure.sh [PAIRS]
#
# Everything lies on a tmpfs, for on a disk the disk decides. Product and floor run in turns, so that a machine that
# becomes slower for a while slows both; the median of the pairs' ratios is quoted. Set GUIDES to other corpus sizes,
# and BIN to another build of guidepost.
set -euo pipefail
cd "$(dirname "$0")/.."

pairs=${1:-5}
read -ra guides <<<"${GUIDES:-1000 10000}"
bin=${BIN:-target/release/guidepost}
export LC_ALL=C TIMEFORMAT='%U %S'

cargo build --release --quiet --bin guidepost --example corpus --example floor
work=$(mktemp -d -p "${TMPFS:-/dev/shm}" guidepost-measure.XXXXXX)
trap 'rm -rf "$work"' EXIT

# User and system seconds of a command, added up. What the command itself prints ends up in $work/log.
cpu() { { time "$@" >"$work/log" 2>&1; } 2>&1 | awk '{ printf "%.3f\n", $1 + $2 }'; }
median() { sort -g | awk '{ v[NR] = $1 } END { printf "%.3f\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
divide() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

build() { "$bin" build --root "$work/site" --out "$work/out" --as-of 2026-08-01; }
fresh() { rm -rf "$work/out" "$work/floor" "$work/site/.guidepost"; }

declare -A a_page
# One corpus: NAME COUNT [--variants]
measure() {
  local name=$1 count=$2 pair product floor
  rm -rf "$work/site"
  target/release/examples/corpus "$work/site" "$count" "${@:3}"
  fresh
  if ! build >"$work/log" 2>&1; then
    cat "$work/log" >&2
    echo "measure: the corpus does not build" >&2
    exit 1
  fi
  find "$work/out" -type f -printf '%s %P\n' >"$work/plan"
  : >"$work/ratios" >"$work/products" >"$work/floors"
  for ((pair = 0; pair < pairs; pair++)); do
    fresh
    product=$(cpu build)
    fresh
    floor=$(cpu target/release/examples/floor "$work/site" "$work/floor" "$work/plan")
    divide "$product" "$floor" >>"$work/ratios"
    echo >>"$work/ratios"
    echo "$product" >>"$work/products"
    echo "$floor" >>"$work/floors"
  done
  product=$(median <"$work/products")
  fresh
  local memory=unknown
  if [[ -x /usr/bin/time ]]; then
    memory=$(/usr/bin/time -f %M "$bin" build --root "$work/site" --out "$work/out" --as-of 2026-08-01 2>&1 >/dev/null |
      tail -n 1 | awk '{ printf "%.0f MB", $1 / 1024 }')
  fi
  a_page[$name]=$(awk -v p="$product" -v n="$count" 'BEGIN { printf "%.6f", p / n }')
  awk -v name="$name" -v ratio="$(median <"$work/ratios")" -v product="$product" -v floor="$(median <"$work/floors")" \
    -v n="$count" -v memory="$memory" -v files="$(wc -l <"$work/plan")" \
    -v kb="$(awk '{ s += $1 } END { printf "%.0f", s / 1000 }' "$work/plan")" 'BEGIN {
      printf "%-16s %5.2f x floor   cpu %7.3f s, floor %7.3f s, %5.0f us a guide, peak %s, %d files, %d kB\n",
        name, ratio, product, floor, product / n * 1e6, memory, files, kb }' | tee -a "$work/table"
}

for count in "${guides[@]}"; do
  measure "plain-$count" "$count"
done
for count in "${guides[@]}"; do
  measure "variants-$count" "$count" --variants
done

first=${guides[0]} last=${guides[-1]}
for kind in plain variants; do
  echo "$kind: cpu a guide at $last over $first: $(divide "${a_page[$kind-$last]}" "${a_page[$kind-$first]}")"
done
