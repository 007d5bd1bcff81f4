#!/usr/bin/env bash
# validator 13.15.35 takes numbers that begin with 98 and 92 for mobile numbers of mainland China.
#
# Expected: isMobilePhone(text, "zh-CN") is true for 11 digits that begin with 13 to 19, the numbers that the plan of
# mainland China has for mobile phones.
# Seen: it is true as well for 11 digits that begin with 98 or 92, of which the plan has none; the spelling 86 before
# the number, which vendors' reports use, is false, while +86 and 0086 are true.
# Who is hurt: a form that checks with it pays for a text to a number that cannot exist, and the vendor refuses it.
# xinshi refuses such a number before anything is sent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . validator@13.15.35 >/dev/null
node -e '
const { isMobilePhone } = require("validator");
for (const text of ["13800138000", "98123456789", "92123456789", "93123456789", "+8613800138000", "8613800138000"])
  console.log(text, isMobilePhone(text, "zh-CN"));
' | tee seen.txt
diff seen.txt - <<'SEEN'
13800138000 true
98123456789 true
92123456789 true
93123456789 false
+8613800138000 true
8613800138000 false
SEEN
