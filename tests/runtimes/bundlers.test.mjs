// The packed tarball in consumers' tools: Vite, webpack, esbuild and Rollup bundle it for a page that Chromium runs;
// Next.js builds it for its edge and its Node.js runtime, and both answer; `wrangler deploy --dry-run` bundles it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import puppeteer from "puppeteer-core";
import { environment, tool } from "../../scripts/run.mjs";
import { chromium } from "../browser/browsers.mjs";
import { packedProject, run } from "./packed-project.mjs";

const FETCH = `async () => new Response(Uint8Array.of(0x30, 0xb7, 0xa2, 0xcb, 0xcd, 0xb3, 0xc9, 0xb9, 0xa6, 0x21))`;
const SEND = `createSms({ vendors: { main: { vendor: "smsadmin", uid: "u", pwd: "p" } }, fetch: ${FETCH}, allowBrowser: true })
  .send({ to: "13812345678", text: "【信使】您的验证码是112233。" })`;
/** A page that finds the WebAssembly by itself. */
const PAGE = `import { createSms } from "xinshi";
globalThis.outcome = await ${SEND};
`;
/** A page that passes the WebAssembly's URL, since esbuild does not follow \`new URL(…, import.meta.url)\`. */
const PAGE_WITH_INIT = `import { createSms, init } from "xinshi";
import wasm from "xinshi/wasm/client_bg.wasm";
await init(new URL(wasm, import.meta.url));
globalThis.outcome = await ${SEND};
`;
const HTML = (script) => `<!doctype html><meta charset="utf-8" /><script type="module" src="${script}"></script>`;

let browser;
before(async () => {
  browser = await puppeteer.launch({ headless: true, ...chromium });
});
after(() => browser?.close());

/** Serves a directory, opens its page in Chromium, and returns the outcome of a send there. */
async function outcomeInAPage(t, directory) {
  const types = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
  };
  const server = createServer((request, response) => {
    const file = path.join(
      directory,
      path.normalize(new URL(request.url, "http://x").pathname).replace(/\/$/, "/index.html"),
    );
    if (!existsSync(file)) return response.writeHead(404).end();
    response.setHeader("content-type", types[path.extname(file)] ?? "text/plain").end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = await browser.newPage();
  t.after(async () => {
    await page.close();
    server.closeAllConnections();
    server.close();
  });
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page
    .waitForFunction("globalThis.outcome", { timeout: 10_000 })
    .catch(() => assert.fail(errors.join("\n") || "no outcome"));
  return page.evaluate("globalThis.outcome");
}

const bundlers = {
  Vite: {
    files: { "main.js": PAGE, "index.html": HTML("/main.js") },
    bundle: (project) => run(tool("vite"), ["build", "--target", "esnext"], project),
  },
  webpack: {
    files: {
      "main.js": PAGE,
      "dist/index.html": HTML("main.mjs"),
      "webpack.config.mjs": `export default { mode: "production", target: "web", entry: "./main.js", experiments: { outputModule: true }, output: { module: true } };`,
    },
    bundle: (project) => run(process.execPath, [tool("webpack")], project),
  },
  esbuild: {
    files: { "main.js": PAGE_WITH_INIT, "dist/index.html": HTML("main.js") },
    bundle: (project) =>
      run(
        tool("esbuild"),
        ["main.js", "--bundle", "--minify", "--format=esm", "--loader:.wasm=file", "--outdir=dist"],
        project,
      ),
  },
  Rollup: {
    files: {
      "main.js": PAGE,
      "dist/index.html": HTML("main.js"),
      "rollup.config.mjs": `import { nodeResolve } from "@rollup/plugin-node-resolve";
import { importMetaAssets } from "@web/rollup-plugin-import-meta-assets";
export default { input: "main.js", output: { dir: "dist" }, plugins: [nodeResolve({ browser: true }), importMetaAssets()] };`,
    },
    bundle: (project) => run(tool("rollup"), ["--config"], project),
  },
};

for (const [name, { files, bundle }] of Object.entries(bundlers)) {
  test(`${name} bundles it for a page`, async (t) => {
    const project = packedProject(name.toLowerCase(), files);
    bundle(project);
    const outcome = await outcomeInAPage(t, path.join(project, "dist"));
    assert.deepEqual([outcome.status, outcome.to], ["accepted", ["+8613812345678"]]);
  });
}

test("Next.js serves it from its edge and its Node.js runtime", async (t) => {
  const route = (runtime) => `import { createSms, countSegments } from "xinshi";
export const runtime = "${runtime}";
export const dynamic = "force-dynamic";
export async function GET() {
  const { status, to } = await ${SEND};
  return Response.json({ status, to, segments: countSegments("信".repeat(71)).segments, edge: typeof EdgeRuntime });
}
`;
  const project = packedProject("next", {
    "app/layout.js": "export default ({ children }) => <html><body>{children}</body></html>;\n",
    "app/page.js": "export default () => <p>xinshi</p>;\n",
    "app/edge/route.js": route("edge"),
    "app/node/route.js": route("nodejs"),
    "next.config.mjs": `export default { turbopack: { root: ${JSON.stringify(path.resolve("."))} } };\n`,
  });
  run(tool("next"), ["build"], project);
  const server = spawn(tool("next"), ["start", "--port", "0", "--hostname", "127.0.0.1"], {
    cwd: project,
    env: environment({ NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" }),
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(async () => {
    server.kill();
    await once(server, "exit");
  });
  let output = "";
  const origin = await new Promise((resolve, reject) => {
    server.once("exit", () => reject(new Error(output)));
    server.stdout.on("data", (chunk) => {
      output += chunk;
      const [address] = output.match(/http:\/\/127\.0\.0\.1:\d+/) ?? [];
      if (address && output.includes("Ready")) resolve(address);
    });
  });
  const expected = { status: "accepted", to: ["+8613812345678"], segments: 2 };
  for (const [place, edge] of [
    ["edge", "string"],
    ["node", "undefined"],
  ]) {
    const response = await fetch(`${origin}/${place}`);
    assert.equal(response.status, 200, await response.clone().text());
    assert.deepEqual(await response.json(), { ...expected, edge });
  }
});

test("wrangler bundles it, with a compiled module for each entry", () => {
  const project = packedProject("wrangler", {
    "worker.js": `import { createSms } from "xinshi";
import { createHandler } from "xinshi/edge";
const handler = createHandler();
export default { fetch: async (request) => (new URL(request.url).pathname === "/" ? Response.json(await ${SEND}) : handler.fetch(request)) };
`,
    "wrangler.json": JSON.stringify({
      name: "uses-xinshi",
      main: "worker.js",
      compatibility_date: "2026-07-01",
      send_metrics: false,
    }),
  });
  run(tool("wrangler"), ["deploy", "--dry-run", "--outdir", "dist"], project);
  assert.equal(readdirSync(path.join(project, "dist")).filter((file) => file.endsWith(".wasm")).length, 2);
});
