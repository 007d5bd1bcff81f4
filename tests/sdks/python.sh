#!/usr/bin/env bash
# The official Python programs of aliyun and tencent, unchanged, against the sandbox. They are installed anew, so no test runs
# this: run it by hand after `npm run build`.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'kill "${sandbox:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet alibabacloud_dysmsapi20170525==4.6.0 tencentcloud-sdk-python-sms==3.1.153
node_modules/.bin/node pkg/bin/xinshi.js sandbox --port 0 >"$folder/output" &
sandbox=$!
until grep -q 127.0.0.1 "$folder/output"; do sleep 0.1; done
port=$(grep -oE '127\.0\.0\.1:[0-9]+' "$folder/output" | head -1 | cut -d: -f2)
"$folder/venv/bin/python" tests/sdks/official.py "$port"
