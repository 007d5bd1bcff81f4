// One name, one meaning: names the public types and the modules of src that share a name with another, but for those allowed
// below with a reason. `npm run check` runs it.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { main, root } from "./run.mjs";

/** Names that two modules may declare, each with the reason. An entry that is no longer needed is an error too. */
const ALLOWED = new Map(
  ["client", "edge", "sandbox"].map((name) => [
    `module ${name}`,
    "a door of the package: the core's part of it, and the boundary's in src/js",
  ]),
);

/** Modules of a vendor: its client in src/vendor and its server in src/sandbox, which share nothing, bear its name. */
const isVendor = (key, files) => key.startsWith("module ") && files.join() === "sandbox/mod.rs,vendor/mod.rs";

/** Declarations at the top level of a file, public or private; those of tests stand within a module. */
const TYPE = /^(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait|type|union) (\w+)/gm;
/** Modules with a file or a body of their own; `tests` are not told apart. */
const MODULE = /^(?:pub(?:\([^)]*\))? )?mod (\w+)\b/gm;

/** Every declaration of src: `{ kind, name, file }`. */
export function declarations(folder = path.join(root, "src")) {
  const files = readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".rs"))
    .sort();
  return files.flatMap((file) => {
    const text = readFileSync(path.join(folder, file), "utf8");
    const named = (kind, pattern) => [...text.matchAll(pattern)].map(([, name]) => ({ kind, name, file }));
    return [...named("type", TYPE), ...named("module", MODULE).filter(({ name }) => name !== "tests")];
  });
}

/** What is wrong, a line each: names that occur twice without a reason, and reasons without such a name. */
export function duplicates(all = declarations(), allowed = ALLOWED) {
  const places = new Map();
  for (const { kind, name, file } of all) {
    const key = `${kind} ${name}`;
    places.set(key, [...(places.get(key) ?? []), file]);
  }
  const twice = [...places].filter(([key, files]) => files.length > 1 && !isVendor(key, files));
  const wrong = twice.filter(([key]) => !allowed.has(key)).map(([key, files]) => `${key}: ${files.join(", ")}`);
  const unused = [...allowed.keys()].filter((key) => !twice.some(([name]) => name === key));
  return [...wrong, ...unused.map((key) => `${key}: is allowed twice and occurs once`)];
}

/** Throws where a name has two meanings. */
export function checkNames() {
  const wrong = duplicates();
  if (wrong.length > 0) throw new Error(`one name stands for several things:\n  ${wrong.join("\n  ")}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(checkNames);
