// The packed package's declarations in consumers' projects, with various libraries, module resolutions and kinds of
// modules.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root, tool } from "../../scripts/run.mjs";
import { packedProject, run } from "./packed-project.mjs";

/** A consumer's program that uses every entry without naming a type of the web platform. */
const PROGRAM = `import { countSegments, createSms, init, type Outcome, SmsError } from "xinshi";
import { countryOf } from "xinshi/country";
import { casStore, createHandler, hookPath, Ledger, memoryStore, type Store } from "xinshi/edge";
import { createOtp, OtpError } from "xinshi/otp";
import { createSandbox, SmsError as OfSandbox } from "xinshi/sandbox";

const sandbox = createSandbox();
const sms = createSms({ vendors: { main: sandbox.config("smsadmin") }, fetch: sandbox.fetch });
export const outcome: Promise<Outcome> = sms.send({ to: "13812345678", text: "【信使】1" });
export const bytes: number | undefined = sms.plan({ to: "13812345678", text: "1" }).requests[0]?.body?.length;
export const loaded: Promise<void> = init(new Uint8Array());
export const isOne = (error: unknown): boolean => error instanceof SmsError || error instanceof OfSandbox;
export const store: Store = casStore({ get: async () => null, swap: async () => true });
export const handler = createHandler({ vendors: { main: sandbox.config("apiv1") }, store: memoryStore() });
export const otp = createOtp({ storage: null });
export const others = [countSegments("1"), countryOf("+8613812345678"), hookPath("", ""), Ledger, OtpError];
// @ts-expect-error a vendor that there is not
sandbox.config("twilio");
`;

/** A consumer's program whose libraries have the web's types: the package uses theirs, and not \`any\`. */
const WEB = `import { parsePush } from "xinshi";
import { handler, otp } from "./program.js";

const request = new Request("https://example.com/otp/send", { method: "POST" });
export const response: Promise<Response> = handler.fetch(request, undefined, { waitUntil: (work) => work.then(String) });
export const pushed: Promise<{ reports: unknown[] }> = parsePush("apiv1", request);
otp.send("13812345678", { signal: AbortSignal.timeout(1000) });
// @ts-expect-error a handler answers no number
export const wrong: Promise<number> = handler.fetch(request);
// @ts-expect-error a push is a request
parsePush("apiv1", "text");
// @ts-expect-error a signal is none of these
otp.send("13812345678", { signal: 1000 });
`;

/** A Worker with the bindings that it names. */
const WORKER = `import { createHandler } from "xinshi/edge";

export { Ledger } from "xinshi/edge";

const handler = createHandler<{ APPKEY: string; RECEIPTS: Queue }>((env) => ({
  vendors: { main: { vendor: "liupai", appkey: env.APPKEY } },
  queue: env.RECEIPTS,
}));
export default handler satisfies ExportedHandler<{ APPKEY: string; RECEIPTS: Queue }>;
`;

const NEWEST = "typescript";
/**
 * The oldest version that the package's declarations support. It also knows \`node10\`, which the newest has dropped.
 */
const OLDEST = "typescript-5.0";

const ESM = { module: "nodenext", target: "es2022" };
const consumers = {
  "a page's": { compiler: NEWEST, options: { ...ESM, lib: ["es2023", "dom"] }, web: true },
  "a server's, without dom": { compiler: NEWEST, options: { ...ESM, lib: ["es2023"], types: ["node"] }, web: true },
  "a worker's of a page": { compiler: NEWEST, options: { ...ESM, lib: ["es2023", "webworker"] }, web: true },
  "a library's that knows no platform": { compiler: NEWEST, options: { ...ESM, lib: ["es2023"] } },
  "a bundler's": {
    compiler: NEWEST,
    options: { module: "esnext", moduleResolution: "bundler", target: "es2022", lib: ["es2023", "dom"] },
    web: true,
  },
  "a CommonJS module's": { compiler: NEWEST, options: { ...ESM, lib: ["es2023", "dom"] }, web: true, type: "commonjs" },
  "a CommonJS module's, by node16 of TypeScript 5.0": {
    compiler: OLDEST,
    options: { module: "node16", target: "es2022", lib: ["es2022", "dom"] },
    web: true,
    type: "commonjs",
  },
  "one that finds modules by node10": {
    compiler: OLDEST,
    options: { module: "commonjs", moduleResolution: "node10", target: "es2022", lib: ["es2022", "dom"] },
    web: true,
    type: "commonjs",
  },
};

for (const [name, { compiler, options, web, type = "module" }] of Object.entries(consumers)) {
  test(`it compiles in a project: ${name}`, () => {
    const files = { "program.ts": PROGRAM, ...(web && { "web.ts": WEB }) };
    compiles(projectOf(`types-${Object.keys(consumers).indexOf(name)}`, files, options, type), compiler);
  });
}

test("it compiles in a Worker, with the types that wrangler generates", () => {
  const wrangler = {
    name: "uses-xinshi",
    main: "worker.ts",
    compatibility_date: "2026-07-01",
    send_metrics: false,
    durable_objects: { bindings: [{ name: "LEDGER", class_name: "Ledger" }] },
    migrations: [{ tag: "v1", new_sqlite_classes: ["Ledger"] }],
  };
  const options = { module: "esnext", moduleResolution: "bundler", target: "es2022", lib: ["es2023"] };
  const files = {
    "program.ts": PROGRAM,
    "web.ts": WEB,
    "worker.ts": WORKER,
    "wrangler.json": JSON.stringify(wrangler),
  };
  const project = projectOf("types-worker", files, options);
  run(tool("wrangler"), ["types"], project);
  compiles(project);
});

test("it compiles in Deno", () => {
  const settings = JSON.stringify({ nodeModulesDir: "manual" });
  const files = { "program.ts": PROGRAM, "deno.json": settings };
  const web = `${WEB.replace("./program.js", "./program.ts")}Deno.serve(handler.fetch);\n`;
  const project = packedProject("types-deno", { ...files, "web.ts": web });
  run(tool("deno"), ["check", "program.ts", "web.ts"], project);
});

/** A project with compiler options. */
function projectOf(name, files, options, type = "module") {
  const project = packedProject(name, files);
  const all = { strict: true, noEmit: true, types: [], exactOptionalPropertyTypes: true, ...options };
  writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: all, include: ["*.ts"] }));
  writeFileSync(path.join(project, "package.json"), JSON.stringify({ private: true, type }));
  return project;
}

const compiles = (project, compiler = NEWEST) =>
  run(process.execPath, [path.join(root, "node_modules", compiler, "bin", "tsc"), "-p", "."], project);
