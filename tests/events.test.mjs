// The schema of events: it is one, its version is documented, it agrees with the declared types, and what a handler emits
// follows it. tests/edge/event_schema.rs checks every event of the native suites.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import { createHandler } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { run } from "./runtimes/packed-project.mjs";

const root = path.resolve(import.meta.dirname, "..");
const schema = createRequire(import.meta.url)("xinshi/edge/events.schema.json");
const typeOf = (event) => event.properties.type.const;

/** A copy in which no object may have undocumented members. */
const closed = (value) => {
  if (Array.isArray(value)) return value.map(closed);
  if (value === null || typeof value !== "object") return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closed(inner)]));
  return copy.properties && copy.required ? { ...copy, additionalProperties: false } : copy;
};

test("the schema is a strict one, with a version", () => {
  const ajv = new Ajv({ strict: true, allErrors: true });
  assert.ok(ajv.validateSchema(schema), JSON.stringify(ajv.errors));
  assert.doesNotThrow(() => ajv.compile(schema));
  const [, version] = /^urn:xinshi:events:(\d+)$/.exec(schema.$id);
  assert.equal(schema.title, `Events of xinshi/edge, version ${version}`);
  const types = schema.anyOf.map(typeOf);
  assert.equal(new Set(types).size, types.length);
});

/** A schema as a type of TypeScript. */
function typeText(part) {
  if (part.$ref)
    return typeText(
      part.$ref
        .slice(2)
        .split("/")
        .reduce((at, name) => at[name], schema),
    );
  if (part.anyOf) return part.anyOf.map(typeText).join(" | ");
  if ("const" in part) return JSON.stringify(part.const);
  if (part.enum) return part.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (part.type === "array") return `(${typeText(part.items)})[]`;
  if (part.type === "integer") return "number";
  if (part.type !== "object") return part.type;
  const member = ([name, inner]) => `${name}${part.required.includes(name) ? "" : "?"}: ${typeText(inner)};`;
  return `{ ${Object.entries(part.properties).map(member).join(" ")} }`;
}

test("the schema agrees with the declared types, member by member", () => {
  const lines = [
    'import type { EdgeEvent } from "xinshi/edge";',
    "type Names<T> = T extends unknown ? keyof T : never;",
    "type Member<T extends string> = Extract<EdgeEvent, { type: T }>;",
    "type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;",
    `type Schema = ${typeText(schema)};`,
    "declare const schema: Schema;",
    "declare const declared: EdgeEvent;",
    "export const one: EdgeEvent = schema;",
    "export const other: Schema = declared;",
  ];
  for (const event of schema.anyOf) {
    const name = JSON.stringify(typeOf(event));
    lines.push(
      `export const names_${lines.length}: Same<Names<Member<${name}>>, Names<Extract<Schema, { type: ${name} }>>> = true;`,
    );
  }
  lines.push(
    'type Sms = Extract<EdgeEvent, { type: "sms" }>["sms"];',
    'type SchemaSms = Extract<Schema, { type: "sms" }>["sms"];',
    "export const sms: Same<Names<Sms>, Names<SchemaSms>> = true;",
    'export const types: Same<EdgeEvent["type"] | Sms["type"], Schema["type"] | SchemaSms["type"]> = true;',
    'export const statuses: Same<Member<"send">["status"], Extract<Schema, { type: "send" }>["status"]> = true;',
  );
  const directory = mkdtempSync(path.join(root, "target", "events-"));
  try {
    const file = path.join(directory, "events.ts");
    writeFileSync(file, lines.join("\n"));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      types: [],
      lib: ["es2022", "dom"],
      target: "es2022",
      module: "nodenext",
    };
    writeFileSync(path.join(directory, "package.json"), '{ "type": "module" }');
    writeFileSync(path.join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    run(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "."], directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("what a handler emits follows the schema, and every kind of text does", async () => {
  const validate = new Ajv({ strict: false }).compile(closed(schema));
  const events = [];
  const sandbox = createSandbox();
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin"), spare: sandbox.config("apiv1") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    dev: true,
    testNumbers: { 13900000000: "482915" },
    on: (event) => events.push(event),
  });
  const address = "192.0.2.1";
  const sent = await handler.send({ phone: "13812345678", address });
  await handler.send({ phone: "13812345678", address });
  await handler.send({ phone: "+4915112345678", address });
  await handler.send({ phone: "13900000000", address });
  await handler.verify({ challenge: sent.challenge, code: "000000", address });
  await handler.verify({ challenge: sent.challenge, code: await sandbox.waitForCode("13812345678"), address });
  const body = JSON.stringify({ vendor: "smsadmin", fault: "reject" });
  await sandbox.fetch("http://sandbox/faults", { method: "POST", body });
  await handler.send({ phone: "13812345670", address });
  for (const event of events)
    assert.ok(validate(event), `${JSON.stringify(event)}: ${JSON.stringify(validate.errors)}`);
  const types = new Set(events.map(({ type }) => type));
  assert.deepEqual([...types].sort(), ["rejected", "send", "sms", "verify", "warning"]);
  assert.ok(!validate({ type: "verify", status: "verified", code: "482915" }), "an undocumented member fails");
});

test("the documents name the schema and its version", () => {
  for (const language of ["zh", "en"]) {
    const text = readFileSync(path.join(root, "docs", language, "operate.md"), "utf8");
    assert.ok(text.includes("xinshi/edge/events.schema.json") && text.includes(schema.$id), language);
  }
});
