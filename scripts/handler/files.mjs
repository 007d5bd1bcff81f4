// Serves the built page with its security headers, for the handler of npm start.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { POLICY, page } from "../page.mjs";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

/** The bytes and headers of the file at a path; undefined for none. */
export function fileAt(pathname) {
  const name = pathname === "/" ? "index.html" : pathname.slice(1);
  const file = path.join(page, path.normalize(`/${name}`));
  const type = TYPES[path.extname(file)];
  if (!type || !existsSync(file)) return undefined;
  const isNamedByContent = name.startsWith("assets/");
  const headers = {
    "content-type": type,
    "content-security-policy": `${POLICY}; frame-ancestors 'none'`,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": isNamedByContent ? "public, max-age=31536000, immutable" : "no-cache",
  };
  return { body: readFileSync(file), headers };
}
