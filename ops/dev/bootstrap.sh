#!/bin/sh
# Makes .venv from a hashed lock. Needs python3 (3.11 or newer) and nothing else: not pip, not
# venv, not root. Usage: ops/dev/bootstrap.sh LOCKFILE
set -eu
cd "$(dirname "$0")/../.."
lock=${1:-requirements.lock}

fail() { printf 'penstock: %s\n' "$*" >&2; exit 1; }

python=${PYTHON:-python3}
command -v "$python" >/dev/null 2>&1 || fail "python3 is not installed; install Python 3.11 or newer"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed; $("$python" --version) is what '$python' is (set PYTHON=...)"

stamp=.venv/.penstock-lock
want=$("$python" - "$lock" <<'PY'
import hashlib, os, sys
lock = open(sys.argv[1], "rb").read()
print(hashlib.sha256(lock + os.getcwd().encode() + sys.version.encode()).hexdigest(), sys.argv[1])
PY
)
have=$(cat "$stamp" 2>/dev/null || true)
[ "$have" = "$want" ] && exit 0
# The development lock holds all of the runtime one.
case "$lock" in requirements.lock)
    dev=$("$python" - requirements-dev.lock <<'PY'
import hashlib, os, sys
lock = open(sys.argv[1], "rb").read()
print(hashlib.sha256(lock + os.getcwd().encode() + sys.version.encode()).hexdigest(), sys.argv[1])
PY
)
    [ "$have" = "$dev" ] && exit 0 ;;
esac

# Each way gets uv through an ordinary client: the one on PATH, venv's pip, the system's pip, the
# pip wheel that Debian ships for venv, and at last apt (which a normal user may download with).
uv_by_venv() {
    "$python" -m venv .bootstrap && .bootstrap/bin/python -m pip install --quiet uv &&
        uv=.bootstrap/bin/uv
}
uv_by_pip() {
    rm -rf .bootstrap
    "$python" -m pip install --quiet --target .bootstrap/lib uv && uv=.bootstrap/lib/bin/uv
}
uv_by_wheel() { # of the folder $1
    for wheel in "$1"/pip-*.whl; do
        [ -e "$wheel" ] || return 1
        "$python" "$wheel/pip" install --quiet --target .bootstrap/lib uv &&
            uv=.bootstrap/lib/bin/uv && return 0
    done
    return 1
}
uv_by_apt() {
    command -v apt-get && command -v dpkg-deb && mkdir -p .bootstrap/deb || return 1
    (cd .bootstrap/deb && { apt-get -qq download python3-pip-whl ||
        { [ "$(id -u)" = 0 ] && apt-get -qq update && apt-get -qq download python3-pip-whl; }; } &&
        dpkg-deb -x python3-pip-whl_*.deb .) || return 1
    uv_by_wheel .bootstrap/deb/usr/share/python-wheels
}

find_uv() {
    if command -v uv >/dev/null 2>&1; then uv=uv; return; fi
    for uv in .bootstrap/bin/uv .bootstrap/lib/bin/uv; do
        if [ -x "$uv" ]; then return; fi
    done
    printf 'penstock: fetching uv ...\n'
    : >.bootstrap.log
    for way in uv_by_venv uv_by_pip "uv_by_wheel /usr/share/python-wheels" uv_by_apt; do
        if $way >>.bootstrap.log 2>&1; then rm -f .bootstrap.log; return; fi
    done
    cat .bootstrap.log >&2
    fail "uv could not be installed; see above. Is the package index reachable? Otherwise install" \
        "python3-venv, pip or uv"
}

find_uv
printf 'penstock: installing %s ...\n' "$lock"
"$uv" venv --quiet --allow-existing --python "$(command -v "$python")" .venv
# The machine's own certificates, where it has any: an office's proxy is known there, and not to uv.
certs=
for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    if [ -s "$bundle" ]; then
        certs=--native-tls
        if "$uv" pip sync --help 2>/dev/null | grep -q -e --system-certs; then certs=--system-certs; fi
        break
    fi
done
"$uv" pip sync --quiet $certs --compile-bytecode --python .venv/bin/python --require-hashes "$lock" ||
    fail "the packages of $lock could not be installed; see above. Is the package index reachable" \
        "(UV_INDEX_URL names another, HTTPS_PROXY a proxy), and is there room on the disk?"
# The code is used where it lies; the launcher works in a path with a space too.
"$python" - <<'PY'
import os, pathlib, stat
root = pathlib.Path.cwd()
site = next(root.glob(".venv/lib/python*/site-packages"))
(site / "penstock.pth").write_text(f"{root}\n")
launcher = root / ".venv/bin/penstock"
launcher.write_text(
    '#!/bin/sh\nhere=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)\n'
    'exec "$here/python" -m app.cli.main "$@"\n'
)
launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
PY
printf '%s\n' "$want" >"$stamp"
