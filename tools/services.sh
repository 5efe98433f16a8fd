#!/usr/bin/env bash
# What the tests and the production shape need beside Python: found, started, or installed.
#   services.sh browser              Chromium
#   services.sh prepare              Chromium, PostgreSQL and Redis, started
#   services.sh gettext              xgettext
#   services.sh production -- CMD    CMD with DATABASE_URL and REDIS_URL of real servers
set -euo pipefail

install() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Please install: $*" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null
  apt-get install -y -qq "$@" >/dev/null
}

browser() {
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
    command -v google-chrome >/dev/null || install chromium
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

redis_url() {
  if ! listens 6379; then
    command -v redis-server >/dev/null || install redis-server
    redis-server --daemonize yes --bind 127.0.0.1 --port 6379 --save "" --appendonly no >/dev/null
    for _ in $(seq 50); do listens 6379 && break; sleep 0.1; done
  fi
  echo "redis://127.0.0.1:6379/${PORTAL_REDIS_DB:-9}"
}

# A server of our own, in a folder of its own, where none answers yet.
own_postgres() {
  local programs home=/tmp/portal-postgres
  programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
  if [ -z "$programs" ]; then
    install postgresql
    programs=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
  fi
  as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
  if [ ! -d "$home" ]; then
    mkdir -p "$home"
    [ "$(id -u)" = 0 ] && chown postgres "$home"
    as "$programs/initdb" --pgdata "$home/data" --username postgres --auth trust >/dev/null
  fi
  as "$programs/pg_ctl" --pgdata "$home/data" --wait --log "$home/log" \
    --options "-p 54329 -c listen_addresses=127.0.0.1 -k $home" start >/dev/null 2>&1 || true
}

answers() { # is there a server at this port that lets us in as postgres?
  "$python" - "$1" <<'PY'
import sys
import psycopg2
try:
    psycopg2.connect(f"postgresql://postgres@127.0.0.1:{sys.argv[1]}/postgres", connect_timeout=5)
except psycopg2.Error:
    sys.exit(1)
PY
}

postgres_url() {
  if answers 5432; then
    echo "postgres://postgres@127.0.0.1:5432/postgres"
  else
    answers 54329 || own_postgres
    answers 54329
    echo "postgres://postgres@127.0.0.1:54329/postgres"
  fi
}

python=.venv/bin/python
case "$1" in
  browser) browser ;;
  prepare) browser; postgres_url >/dev/null; redis_url >/dev/null ;;
  gettext) command -v xgettext >/dev/null || install gettext ;;
  production)
    shift 2
    browser
    DATABASE_URL=${DATABASE_URL:-$(postgres_url)}
    REDIS_URL=${REDIS_URL:-$(redis_url)}
    export DATABASE_URL REDIS_URL
    exec "$@"
    ;;
  *) sed -n '2,7p' "$0" >&2; exit 2 ;;
esac
