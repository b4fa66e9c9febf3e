#!/usr/bin/env bash
# Sends rollouts to a running service, turn by turn, and compares the result with what was sent.
# usage: replay.sh [-u http://127.0.0.1:8080] rollout.jsonl...
set -euo pipefail
url=http://127.0.0.1:8080
if [ "${1-}" = -u ]; then url=$2; shift 2; fi

post() { curl -fsS -H 'Content-Type: application/json' --data-binary @- "$url/v1/threads$1"; }
member() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d'"' -f4; }

# {"timestamp","ordinal"?,"type","payload"} -> an item for an append, with an unchanged payload
item() { sed -E 's/^(\{"timestamp":"[^"]+",)("ordinal":[0-9]+,)?/\1/' <<<"$1"; }

for file in "$@"; do
  thread=$(post '' <<<'{"source":"replay"}' | member id)
  path=/$thread
  while IFS= read -r line; do
    case $line in *'"payload":{"type":"task_started"'*)
      turn=$(member turn_id <<<"$line")
      post "/$thread/turns" <<<"{\"id\":\"$turn\"}" >/dev/null
      path=/$thread/turns/$turn ;;
    esac
    receipt=$(printf '{"items":[%s]}' "$(item "$line")" | post "$path/items")
    case $receipt in *'"status":"persisted"'*) ;; *) echo "not persisted: $receipt" >&2; exit 1 ;; esac
    case $line in *'"payload":{"type":"task_complete"'* | *'"payload":{"type":"turn_aborted"'*)
      post "$path/complete" <<<'{}' >/dev/null
      path=/$thread ;;
    esac
  done <"$file"
  if cmp -s <(curl -fsS -H 'Accept: application/x-ndjson' "$url/v1/threads/$thread/items" |
    sed -E 's/^\{"timestamp":"[^"]+","ordinal":[0-9]+,/{/' | grep -v '"originator":"rollbook"') \
    <(sed -E 's/^\{"timestamp":"[^"]+",("ordinal":[0-9]+,)?/{/' "$file"); then
    echo "same  $thread  $file"
  else
    echo "DIFFERENT  $thread  $file" >&2
    exit 1
  fi
done
