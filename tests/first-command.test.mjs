// The README's commands run on a clean clone: the modules that they import before installing or building must exist.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root } from "../scripts/run.mjs";

/** The modules that a module imports statically, and theirs. */
function imported(file, known = new Map()) {
  if (known.has(file)) return known;
  const source = readFileSync(file, "utf8");
  const names = Array.from(source.matchAll(/^(?:import|export)\s(?:[^"';]*?\sfrom\s)?"([^"]+)"/gm), ([, name]) => name);
  known.set(file, names);
  for (const name of names) if (name.startsWith(".")) imported(path.resolve(path.dirname(file), name), known);
  return known;
}

for (const script of ["start", "test", "build", "setup", "check"]) {
  test(`npm run ${script} begins with what Node.js has`, () => {
    const all = imported(path.join(root, "scripts", `${script}.mjs`));
    assert.ok(all.size > 1);
    for (const [file, names] of all) {
      for (const name of names) assert.match(name, /^(node:|\.)/, `${path.relative(root, file)} imports ${name}`);
    }
  });
}
