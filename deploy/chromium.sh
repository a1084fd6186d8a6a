#!/bin/sh
# Installs Debian's Chromium for the browser tests where that is allowed; otherwise says what will be skipped.
set -u
for program in chromium chromium-browser google-chrome; do
    command -v "$program" >/dev/null 2>&1 && exit 0
done
skip() {
    echo "Chromium is not installed ($1): the browser tests (tests/journeys) will be skipped."
    echo "To run them: sudo apt-get install -y chromium fonts-noto-cjk"
    exit 0
}
command -v apt-get >/dev/null 2>&1 || skip "no apt-get here"
if [ "$(id -u)" = 0 ]; then
    sudo=
elif sudo -n true 2>/dev/null; then
    sudo=sudo
else
    skip "installing it needs root"
fi
began=$(date +%s)
echo "Installing Chromium for the browser tests …"
log=$(mktemp)
if $sudo apt-get update -q >"$log" 2>&1 </dev/null &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-noto-cjk >>"$log" 2>&1 </dev/null; then
    echo "Installing Chromium: $(($(date +%s) - began)) s"
    rm -f "$log"
else
    tail -n 3 "$log"
    rm -f "$log"
    skip "apt-get could not install it"
fi
