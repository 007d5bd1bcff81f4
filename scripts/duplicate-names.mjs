// Checks that each name has one meaning: lists the types and modules of src that share a name with another, except
// those that ALLOWED lists with a reason. `npm run check` runs it.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { main, root } from "./run.mjs";

/** The names that two modules may declare, with the reasons. An entry without such a name is an error. */
const ALLOWED = new Map(
  ["client", "edge", "sandbox"].map((name) => [
    `module ${name}`,
    "an entry of the package: the part in the core, and the part in src/js",
  ]),
);

/** Whether two modules have a vendor's name: its client in src/vendor and its server in src/sandbox. */
const isVendor = (key, files) => key.startsWith("module ") && files.join() === "sandbox/mod.rs,vendor/mod.rs";

/** Matches type declarations at the top level of a file, public or private. Those of tests are inside a module. */
const TYPE = /^(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait|type|union) (\w+)/gm;
/** Matches module declarations. The modules `tests` may share their name. */
const MODULE = /^(?:pub(?:\([^)]*\))? )?mod (\w+)\b/gm;

/** Lists every declaration of src. */
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

/** Lists the errors: names that occur twice without a reason, and reasons without such a name. */
export function duplicates(all = declarations(), allowed = ALLOWED) {
  const places = new Map();
  for (const { kind, name, file } of all) {
    const key = `${kind} ${name}`;
    places.set(key, [...(places.get(key) ?? []), file]);
  }
  const twice = [...places].filter(([key, files]) => files.length > 1 && !isVendor(key, files));
  const wrong = twice.filter(([key]) => !allowed.has(key)).map(([key, files]) => `${key}: ${files.join(", ")}`);
  const unused = [...allowed.keys()].filter((key) => !twice.some(([name]) => name === key));
  return [...wrong, ...unused.map((key) => `${key}: is allowed twice but occurs once`)];
}

/** Throws an error if a name has two meanings. */
export function checkNames() {
  const wrong = duplicates();
  if (wrong.length > 0) throw new Error(`a name has several meanings:\n  ${wrong.join("\n  ")}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(checkNames);
