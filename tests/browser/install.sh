#!/bin/sh
# The browser test drives a real Chromium. Where there is none, and we may, it is installed; else we say what to do.
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium and fonts for the browser test …"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk fonts-noto-color-emoji >/dev/null && exit 0
fi
echo "The browser test needs Chromium. Install it (Debian: sudo apt-get install chromium fonts-noto-cjk), or set CHROMIUM to its path." >&2
exit 1
