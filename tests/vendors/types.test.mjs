// The lists that the build makes of the registry of vendors, and the types that are written by hand beside it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { createSms } from "xinshi";
import { createSandbox } from "xinshi/sandbox";
import { vendors } from "xinshi/vendors";
import { everyQuery } from "../../scripts/every-query.mjs";
import { root } from "../../scripts/run.mjs";
import { withTables } from "../../scripts/vendors.mjs";

test("the list of vendors matches those of the client and the sandbox", () => {
  const sandbox = createSandbox();
  for (const { name, operations, sends } of vendors) {
    for (const { account, operation } of sends) {
      const config = { ...sandbox.config(name), ...account };
      const client = createSms({ vendors: { main: config } }).vendor("main");
      const plan = client.plan({ to: "13812345678", text: "【信使】您好" });
      assert.equal(plan.requests[0].operation, operation);
    }
    const client = createSms({ vendors: { main: sandbox.config(name) } }).vendor("main");
    const methods = Object.entries(client).flatMap(([key, value]) =>
      typeof value === "function" ? [key] : Object.keys(value).map((inner) => `${key}.${inner}`),
    );
    const listed = new Set([...operations.map(({ operation }) => operation), "plan", "send", "sendMany"]);
    assert.deepEqual(methods.sort(), [...listed].sort(), name);
  }
  assert.throws(
    () => createSms({ vendors: { main: { vendor: "nobody" } } }),
    ({ message }) => message.includes(vendors.map(({ name }) => name).join(", ")),
  );
});

test("the suite has each documented way to send", () => {
  const counts = Object.fromEntries(vendors.map(({ name, sends }) => [name, sends.length]));
  const documented = { liupai: 2, binstd: 2, liasmart: 2, apiv1: 1, smsadmin: 6 };
  assert.deepEqual({ ...counts, ...documented }, counts);
});

test("the suite has each operation beside sending", () => {
  const listed = vendors.flatMap(({ name, operations }) => operations.map((one) => `${name} ${one.name}`));
  const queried = everyQuery.map(({ vendor, operation }) => `${vendor} ${operation}`);
  // Two operations may be one of the vendor's, which asks for a list or for one by its id.
  assert.deepEqual([...new Set(queried)].sort(), [...new Set(listed)].sort());
  for (const name of new Set(listed)) {
    const times = (names) => names.filter((one) => one === name).length;
    assert.ok(times(queried) >= times(listed), name);
  }
});

test("the tables of the README are filled, in both languages", () => {
  const template = readFileSync(path.join(root, "pkg-template/README.md"), "utf8");
  const readme = readFileSync(path.join(root, "pkg/README.md"), "utf8");
  assert.equal(template.match(/^<!-- vendors: /gm).length, 8);
  assert.ok(!readme.includes("<!-- vendors: "));
  assert.doesNotMatch(readme, /NaN|undefined \||\| undefined/);
  assert.equal(readme, withTables(template, vendors));
  for (const { name } of vendors) assert.equal(readme.split(`\n| \`${name}\``).length, 3, name);
  assert.throws(() => withTables("<!-- vendors: nothing, en -->", vendors), /no such table/);
});

test("the types list every vendor, option and operation, and no other", () => {
  const directory = path.join(root, "target", "vendors-types");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, "vendors.ts"), typesOf(vendors));
  const typescript = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const options = [
    "--ignoreConfig",
    "--strict",
    "--noEmit",
    "--skipLibCheck",
    "false",
    "--module",
    "nodenext",
    "--target",
    "es2022",
  ];
  const compile = (file) => {
    try {
      return execFileSync(process.execPath, [typescript, ...options, file], { cwd: directory, encoding: "utf8" });
    } catch ({ stdout }) {
      return stdout;
    }
  };
  assert.equal(compile("vendors.ts"), "");
  // The same list with a vendor, an option and an operation that do not exist.
  const [first, ...others] = structuredClone(vendors);
  for (const [name, wrong] of Object.entries({
    vendor: [...vendors, { ...first, name: "nobody" }],
    option: [{ ...first, options: [...first.options, { name: "other", kind: "text" }] }, ...others],
    operation: [{ ...first, operations: [...first.operations, { operation: "other", account: {} }] }, ...others],
    missing: others,
    fewer: [{ ...first, operations: first.operations.slice(1) }, ...others],
  })) {
    writeFileSync(path.join(directory, `${name}.ts`), typesOf(wrong));
    assert.match(compile(`${name}.ts`), /error TS/, name);
  }
});

/** A file that compiles if the types agree with the list. */
function typesOf(list) {
  const union = (words) => (words.length > 0 ? words.map((word) => JSON.stringify(word)).join(" | ") : "never");
  const lines = [
    'import type { Vendors, VendorConfig, VendorName } from "xinshi";',
    "type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;",
    "type FieldsOf<T> = T extends unknown ? keyof T : never;",
    `type MethodOf<T, K extends string> = T extends (...args: any) => any ? K : \`\${K}.\${keyof T & string}\`;`,
    "type MethodsOf<T> = { [K in keyof T & string]: MethodOf<T[K], K> }[keyof T & string];",
    "const same = <_T extends true>() => {};",
    `same<Same<VendorName, ${union(list.map(({ name }) => name))}>>();`,
  ];
  for (const { name, options, operations } of list) {
    const type = `Vendors["${name}"]`;
    lines.push(`same<Same<FieldsOf<${type}["account"]>, ${union(["vendor", ...options.map((one) => one.name)])}>>();`);
    const methods = new Set(["plan", "send", "sendMany", ...operations.map(({ operation }) => operation)]);
    lines.push(`same<Same<MethodsOf<${type}["client"]>, ${union([...methods])}>>();`);
    const required = options
      .filter(({ kind }) => kind === "required")
      .map(({ name }) => `${JSON.stringify(name)}: "k"`);
    const settings = options.flatMap(({ name, kind, words = [] }) => {
      if (kind === "required") return [];
      const values = {
        text: ['"x"'],
        texts: ['{ "1": "x" }'],
        flag: ["true", "false"],
        choice: words.map((word) => JSON.stringify(word)),
      }[kind];
      return values.map((value) => `${name}: ${value}`);
    });
    for (const setting of ["", ...settings]) {
      const account = [`vendor: "${name}"`, ...required, ...(setting ? [setting] : [])].join(", ");
      lines.push(`({ ${account} }) satisfies VendorConfig;`);
    }
    for (const missing of required) {
      const account = [`vendor: "${name}" as const`, ...required.filter((one) => one !== missing)].join(", ");
      lines.push("// @ts-expect-error a key is missing", `({ ${account} }) satisfies VendorConfig;`);
    }
  }
  return `${lines.join("\n")}\nexport {};\n`;
}
