#!/usr/bin/env bash
# Creates the AOT cache, with which the service starts in a fraction of the time. Runs the service once
# on an empty data-dir with tokens, sends the requests of a typical turn, and stops it; the JVM then writes
# the cache.
# Run it in the directory of the jar, with the JVM flags of the service: aot-cache.sh FLAG...
set -euo pipefail

cache=rollbook.aot
port=${TRAINING_PORT:-18081}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

token=$(java "$@" -jar rollbook.jar token --principal=training \
  --scopes=read,append,metrics,operate "--file=$work/tokens.yml")

java "$@" "-XX:AOTCacheOutput=$cache" -jar rollbook.jar \
  --server.address=127.0.0.1 "--server.port=$port" "--rollbook.data-dir=$work/data" \
  "--rollbook.security.tokens-file=$work/tokens.yml" \
  >"$work/log" 2>&1 &
service=$!

fail() {
  echo "aot-cache.sh: $*" >&2
  cat "$work/log" >&2
  exit 1
}

# Sends a request and prints status and body; the image has no curl.
ask() {
  local method=$1 path=$2 type=${4:-application/json} body=${3-}
  exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
  printf '%s %s HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s' \
    "$method" "$path" "$token" "$type" "${#body}" "$body" >&3
  sed -n '1s/^[^ ]* //p;$p' <&3
  exec 3>&-
}

until ask GET /actuator/health/readiness 2>/dev/null | grep -q '^200'; do
  kill -0 "$service" 2>/dev/null || fail "the service did not start"
  sleep 0.1
done

thread=01a20400-0000-7000-8000-000000000001
item='{"type":"event_msg","payload":{"type":"agent_message","message":"Hello!"}}'
turn() {
  local at=/v1/threads/$thread/turns
  ask POST "$at" "{\"id\":\"$1\",\"input\":\"Say hello\"}"
  for _ in {1..20}; do ask POST "$at/$1/items" "{\"items\":[$item]}"; done
  ask POST "$at/$1/items" "$item"$'\n' application/x-ndjson
  ask POST "$at/$1/complete"
}
{
  ask POST /v1/threads "{\"id\":\"$thread\",\"name\":\"training\"}"
  for n in {1..9}; do turn "01a20400-0000-7000-8000-00000000001$n"; done
  ask GET "/v1/threads?limit=50"
  ask GET "/v1/threads/$thread/items"
  ask GET "/v1/threads/$thread/turns"
  ask GET "/v1/search?q=hello"
  ask GET /actuator/health
  ask GET /actuator/prometheus
} >"$work/answers"
! grep -q '^[45]..' "$work/answers" || fail "a request was refused: $(cat "$work/answers")"

kill "$service"
# 143: ended by SIGTERM.
wait "$service" || [ $? = 143 ] || fail "the service failed"
[ -s "$cache" ] || fail "Java wrote no cache"
