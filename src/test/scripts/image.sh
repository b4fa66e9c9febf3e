#!/usr/bin/env bash
# Runs the steps of the Dockerfile one by one, without a container engine, and starts the result as
# the image would: as its user, with its flags, on files that it cannot change.
# Needs root, a JDK 25 first on the PATH, setpriv and python3 (which reads the Dockerfile's lists).
#
#   src/test/scripts/image.sh [DIRECTORY]     leaves the files in DIRECTORY, which must not exist yet
set -euo pipefail
cd "$(dirname "$0")/../../.."

fail() {
  echo "image.sh: $*" >&2
  exit 1
}
[ "$(id -u)" = 0 ] || fail "needs root, to run as the user of the image"
java --version | grep -q '^openjdk 25' || fail "needs a JDK 25 first on the PATH"

image=${1:-$(d=$(mktemp -d) && chmod a+rx "$d" && echo "$d/image")}
[ ! -e "$image" ] || fail "$image is there already"
mkdir -p "$image/build" "$image/app" "$image/data"
port=${PORT:-18082}
entrypoint='' health='' user=''

list() { python3 -c 'import json, sys; print("\n".join(json.loads(sys.argv[1])))' "$1"; }

# Instructions, one per line, without comments.
instructions() { sed '/^ *#/d' Dockerfile | sed -e ':a' -e '/\\$/{N;s/\\\n */ /;ba' -e '}'; }

copy() {
  case $1 in
    --from=build) mkdir -p "$image/app/$3" && cp -a "$image${2}." "$image/app/$3" ;;
    src/main/docker/*) cp -a "$1." "$image/app/$2" ;;
    *) : ;; # the sources are already here
  esac
}

stage=build
while read -r instruction rest; do
  [ -n "$instruction" ] || continue
  case "$instruction $rest" in
    "FROM "*" AS build") stage=build ;;
    "FROM "*) stage=app ;;
    "RUN --mount"*) # Maven with a cache of its own
      ./mvnw -B -q -Dquick -DskipTests package
      mkdir -p "$image/build/target" && cp target/rollbook.jar "$image/build/target/"
      continue ;;
    "RUN apt-get"* | "RUN useradd"* | "ARG "* | "LABEL "* | "WORKDIR "* | "VOLUME "* | "EXPOSE "*) continue ;;
    "RUN "*) (cd "$image/$stage" && bash -ec "$rest") ;;
    "COPY "*) copy $rest; continue ;;
    "ENV "*) export $rest ;;
    "USER "*) user=$rest ;;
    "HEALTHCHECK "*) health=${rest#*CMD } ;;
    "ENTRYPOINT "*) entrypoint=$rest ;;
  esac
  echo "done: $instruction ${rest:0:90}"
done < <(instructions)

chown -R "$user" "$image/data"
chmod -R a+rX,go-w "$image"
export ROLLBOOK_DATA_DIR=$image/data SERVER_ADDRESS=127.0.0.1 SERVER_PORT=$port
mapfile -t command < <(list "$entrypoint")
mapfile -t probe < <(list "$health")
# The heap size of the image is a share of the container's memory: assume 768 MB.
cd "$image/app"
setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups \
  "${command[0]}" -XX:MaxRAM=768m "${command[@]:1}" >"$image/stdout" 2>"$image/stderr" &
service=$!
trap 'kill "$service" 2>/dev/null || :' EXIT
until "${probe[@]}" 2>/dev/null; do
  kill -0 "$service" || fail "did not start: $(cat "$image/stdout" "$image/stderr")"
  sleep 0.05
done
grep -o 'Started RollbookApplication in .*' "$image/stdout"
[ -z "${LOAD:-}" ] || bash -c "$LOAD"
awk '/VmRSS/ {printf "resident: %d MB\n", $2 / 1024}' "/proc/$service/status"
kill "$service"
wait "$service" && code=0 || code=$?
trap - EXIT
[ "$code" = 143 ] || fail "ended with $code instead of 143 after SIGTERM"
[ ! -s "$image/stderr" ] || fail "stderr is not empty: $(cat "$image/stderr")"
echo "ended by SIGTERM with 143, stderr is empty"
