// Serves the built page with its security headers, for the handler of npm start.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { POLICY, page } from "../page.mjs";
import { root } from "../run.mjs";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
  ".webmanifest": "application/manifest+json",
};

/** The directory of the documents, which `npm run docs` builds. */
const docs = path.join(root, "target", "docs");
/**
 * VitePress writes scripts and styles into its pages, and evaluates the search's way to divide words. Everything comes
 * from the site's own origin.
 */
const DOCS_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The bytes and headers of the file at a path; undefined for none. */
export function fileAt(pathname) {
  const isOfDocs = pathname.startsWith("/docs/");
  const place = (isOfDocs ? pathname.slice("/docs/".length) : pathname.slice(1)).replace(/(^|\/)$/, "$1index.html");
  const name = isOfDocs && !path.extname(place) ? `${place}.html` : place;
  const file = path.join(isOfDocs ? docs : page, path.normalize(`/${decodeURIComponent(name)}`));
  const type = TYPES[path.extname(file)];
  if (!type || !existsSync(file)) return undefined;
  const isNamedByContent = name.startsWith("assets/");
  const headers = {
    "content-type": type,
    "content-security-policy": `${isOfDocs ? DOCS_POLICY : POLICY}; frame-ancestors 'none'`,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": isNamedByContent ? "public, max-age=31536000, immutable" : "no-cache",
  };
  return { body: readFileSync(file), headers };
}
