#!/bin/sh
# Takes the pictures of the console in src/docs/images, from the packaged jar, the samples and console-threads.js.
# usage: src/test/scripts/console-screenshots.sh, after ./mvnw package; needs chromium, node and npm.
set -eu

root=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
log="$work/log"
cat > "$work/prices.yml" <<'PRICES'
currency: USD
models:
  gpt-5.1-codex: {input: 1.25, cachedInput: 0.125, output: 10}
  gpt-5.1-codex-mini: {input: 0.25, cachedInput: 0.025, output: 2}
  claude-sonnet-4-5: {input: 3, cachedInput: 0.30, output: 15}
PRICES
"${JAVA_HOME:+$JAVA_HOME/bin/}java" -jar "$root/target/rollbook.jar" --server.port=0 --rollbook.data-dir="$work/data" \
  --rollbook.usage.prices-file="$work/prices.yml" --rollbook.retention.archived-after=14d > "$log" 2>&1 &
service=$!
trap 'kill $service 2>/dev/null || true; wait $service || true; rm -rf "$work"' EXIT
until url=$(sed -n 's/.*listens on \(http[^,]*\),.*/\1/p' "$log") && [ -n "$url" ]; do
  kill -0 $service || { cat "$log"; exit 1; }
  sleep 0.2
done

for sample in "$root"/src/test/resources/samples/*.jsonl; do
  name=$(basename "$sample" | sed 's/^.*__//')
  curl -sSf -o /dev/null -H 'Content-Type: application/x-ndjson' --data-binary "@$sample" "$url/v1/imports?name=$name"
done
npm install --silent --no-save --no-package-lock --no-audit --no-fund --prefix "$root/target/screenshots" playwright-core@1.65.1
threads=$(node "$root/src/test/javascript/console-threads.js" "$url")
NODE_PATH="$root/target/screenshots/node_modules" \
  node "$root/src/test/javascript/console-screenshots.cjs" "$url" "$threads" "$root/src/docs/images"
