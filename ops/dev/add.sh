#!/bin/sh
# Installs packages beside the locked ones: extras such as boto3, or a plugin's folder.
# Usage: ops/dev/add.sh PACKAGE...     (again after the lock has changed)
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
[ $# -gt 0 ] || { echo "usage: ops/dev/add.sh PACKAGE..." >&2; exit 2; }
[ -x "$root/.venv/bin/python" ] || sh "$root/ops/dev/bootstrap.sh" requirements.lock
# As in bootstrap.sh: the machine's own certificates, where it has any.
certs() {
    for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
        [ -s "$bundle" ] || continue
        if "$1" pip install --help 2>/dev/null | grep -q -e --system-certs; then
            echo --system-certs
        else
            echo --native-tls
        fi
        return
    done
}
for uv in "$(command -v uv || true)" "$root/.bootstrap/bin/uv" "$root/.bootstrap/lib/bin/uv"; do
    [ -x "$uv" ] && exec "$uv" pip install $(certs "$uv") --python "$root/.venv/bin/python" "$@"
done
echo "penstock: uv is not here; make clean, then make demo, fetch it again" >&2
exit 1
