#!/bin/sh
# RabbitMQ for the broker tests: installed by apt when we may, else the tests say what they skip.
set -eu
ls /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server >/dev/null 2>&1 && exit 0
loud() { printf '\n*** RabbitMQ tests will be SKIPPED: %s ***\n\n' "$*" >&2; exit 0; }
[ "$(id -u)" = 0 ] || loud "rabbitmq-server is not installed, and only root can install it"
command -v apt-get >/dev/null 2>&1 || loud "rabbitmq-server is not installed, and there is no apt-get"
printf 'penstock: installing rabbitmq-server (for tests; no service is started) ...\n'
# Debian starts services at install; a policy says no while this runs.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT INT TERM
fi
{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
    --no-install-recommends rabbitmq-server; } >/dev/null 2>&1 ||
    loud "apt-get could not install rabbitmq-server"
