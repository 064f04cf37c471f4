# As root on Debian, install the servers and the browser that tests use; elsewhere say what is missing.
set -eu
need=""
command -v chromium >/dev/null 2>&1 || need="$need chromium"
[ -n "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null || command -v initdb 2>/dev/null)" ] || need="$need postgresql"
command -v java >/dev/null 2>&1 || need="$need default-jre-headless"
[ -x /usr/share/request-tracker5/libexec/rt-server ] ||
    need="$need request-tracker5 rt5-standalone rt5-db-sqlite dbconfig-no-thanks nullmailer starlet"
[ -n "$need" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $need >/dev/null
else
    echo "not here, so the tests that use them are skipped:$need"
fi
