#!/usr/bin/env bash
# What publishing to an object store costs: a first publish, one without changes, and one of ten changed files, against
# a plain parallel copy of the same files to the same server by rclone. Usage: benches/publish.sh [FILES]
#
# SERVER starts an S3 server at the port $PORT with its data in the folder $DATA and the key `bench`, secret `secret`;
# without it s3s-fs is started (cargo install s3s-fs --version 0.14.1 --features binary). BIN names another build of
# guidepost. Both clients have 16 requests under way at once. The limit: 1.5 times rclone.
set -euo pipefail
cd "$(dirname "$0")/.."

files=${1:-10000}
bin=${BIN:-target/release/guidepost}
[[ -n ${BIN:-} ]] || cargo build --release --quiet --bin guidepost
bin=$(realpath "$bin")
work=$(mktemp -d -p "${TMPFS:-/dev/shm}" guidepost-publish.XXXXXX)
export DATA=$work/data PORT=${PORT:-19001}
mkdir -p "$DATA" "$work/site/content" "$work/site/static"
s3s() { exec s3s-fs --host 127.0.0.1 --port "$PORT" --access-key bench --secret-key secret "$DATA"; }
if [[ -n ${SERVER:-} ]]; then bash -c "exec $SERVER" >/dev/null 2>&1 & else s3s >/dev/null 2>&1 & fi
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
until (: <"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; do
  kill -0 "$server" 2>/dev/null || { echo "publish.sh: the S3 server did not start" >&2; exit 1; }
  sleep 0.05
done

export AWS_ACCESS_KEY_ID=bench AWS_SECRET_ACCESS_KEY=secret
cat >"$work/site/site.yaml" <<YAML
title: Bench
url: https://example.org/
publish:
  bench: {to: s3, bucket: bench, endpoint: 'http://127.0.0.1:$PORT', conditional_writes: ${CONDITIONS:-true}}
YAML
printf -- '---\ntitle: Home\n---\n\nWelcome.\n' >"$work/site/content/index.md"
# Files of the size of a page: their bytes differ, and nothing has to be rendered.
for ((number = 0; number < files; number++)); do
  folder=$work/site/static/$((number / 500))
  ((number % 500)) || mkdir -p "$folder"
  { echo "file $number"; head -c 7000 /dev/zero | tr '\0' x; } >"$folder/$number.txt"
done

now() { date +%s%N; }
# Runs a command and prints its name, wall time, and CPU time.
timed() {
  local name=$1 begin times
  shift
  begin=$(now)
  times=$({ TIMEFORMAT='%U %S'; time "$@" >"$work/said" 2>&1; } 2>&1) || { cat "$work/said" >&2; exit 1; }
  took=$((($(now) - begin) / 1000000))
  printf '%-34s %7d ms wall, CPU s (user, system) %s\n' "$name" "$took" "$times"
}

remote=":s3,provider=Other,access_key_id=bench,secret_access_key=secret,endpoint='http://127.0.0.1:$PORT':"
# Without settings of its own, and without a variable that this version of it stumbles over.
rclone() { env -u AWS_CA_BUNDLE rclone --config /dev/null "$@"; }
rclone_copy() {
  rclone copy "$work/built" "${remote}copy" --transfers 16 --checkers 16 --s3-no-check-bucket --s3-no-head \
    --no-traverse --ignore-times
}
publish() { "$bin" publish --root "$work/site" --as-of 2026-08-01 --yes; }

rclone mkdir "${remote}bench" && rclone mkdir "${remote}copy"

timed 'build (what publish builds first)' "$bin" build --root "$work/site" --as-of 2026-08-01 --out "$work/built" --verify
built=$took
rm -f "$work/built/.guidepost-manifest"
timed 'rclone copy' rclone_copy
copied=$took
timed 'publish, the first time' publish
first=$took
timed 'publish, nothing to do' publish
for number in 1 2 3 4 5 6 7 8 9 10; do echo changed >>"$work/site/static/0/$number.txt"; done
timed 'publish, ten changed' publish
awk -v first="$first" -v built="$built" -v copied="$copied" 'BEGIN {
  printf "publish / rclone: %.2f with the build, %.2f without it (limit 1.5)\n", first / copied, (first - built) / copied }'
