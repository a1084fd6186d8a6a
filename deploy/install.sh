#!/bin/sh
# Makes .venv with the locked libraries. Run by make; does nothing when they are installed already.
set -eu
cd "$(dirname "$0")/.."
venv=.venv
lock=requirements/dev.txt
stamp=$venv/.installed
wanted="$(sha256sum <"$lock" | cut -d' ' -f1) $(pwd)"

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    touch "$stamp"
    exit 0
fi

now() { date +%s; }
step() { # step TITLE COMMAND …: a line when it starts, one every 5 s, one when it is done
    title=$1
    shift
    echo "$title …"
    began=$(now)
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    trap 'kill "$pid" 2>/dev/null; rm -f "$log"; exit 130' INT TERM HUP
    shown=0
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.5
        passed=$(($(now) - began))
        if [ $((passed - shown)) -ge 5 ]; then
            shown=$passed
            echo "  $passed s, $(grep -c '^Collecting' "$log" || true) of about $(grep -c '==' "$lock") libraries looked up"
        fi
    done
    code=0
    wait "$pid" || code=$?
    trap - INT TERM HUP
    if [ "$code" -ne 0 ]; then
        tail -n 25 "$log"
        rm -f "$log"
        echo "$title: failed" >&2
        exit "$code"
    fi
    rm -f "$log"
    echo "$title: $(($(now) - began)) s"
}

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
python=
for candidate in ${PYTHON_BASE:-} python3.11 python3 python3.12 python3.13; do
    if command -v "$candidate" >/dev/null 2>&1 && fits "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "OMS needs Python 3.11 or newer. On Debian or Ubuntu: sudo apt-get install -y python3 python3-venv" >&2
    exit 1
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then # Debian keeps them in a package of their own
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "Python's venv module is missing: install it with your system's package manager." >&2
        exit 1
    elif [ "$(id -u)" = 0 ]; then
        sudo=
    elif sudo -n true 2>/dev/null; then
        sudo=sudo
    else
        echo "Python's venv module is missing. Type this, then run make again:" >&2
        echo "    sudo apt-get install -y $package" >&2
        exit 1
    fi
    step "Installing $package" sh -c "$sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q $package"
fi

if [ -f "$stamp" ] && [ "$(cut -d' ' -f2- "$stamp")" != "$(pwd)" ]; then
    rm -rf "$venv" # the checkout was moved: its scripts name the old place
fi
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$venv"
    step "Making $venv with $("$python" --version)" "$python" -m venv "$venv"
fi
rm -f "$stamp"
step "Installing the locked libraries" "$venv/bin/python" -m pip install --require-hashes --progress-bar off \
    --disable-pip-version-check --no-input -r "$lock"
printf '%s' "$wanted" >"$stamp"
