// The handler's description: valid, complete, and true for the answers that Schemathesis does not trigger.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { createHandler, hookPath, memoryStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { openapi } from "../../pkg/edge/openapi.js";
import { setRuntime } from "../../pkg/edge/runtime.js";
import { sharedMemory } from "../../pkg/wasm/edge.js";
import { root } from "../../scripts/run.mjs";

const document = JSON.parse(openapi);
const { paths, components } = document;
const edge = path.join(root, "src", "edge");
const files = readdirSync(edge, { recursive: true }).filter((file) => file.endsWith(".rs"));
const rust = files.map((file) => readFileSync(path.join(edge, file), "utf8"));
const source = (file) => readFileSync(path.join(root, file), "utf8");

/** The target of a reference; any other value is returned unchanged. */
function resolved(value) {
  if (typeof value?.$ref !== "string") return value;
  return value.$ref
    .slice(2)
    .split("/")
    .reduce((at, name) => at[name.replaceAll("~1", "/")], document);
}

test("it is valid OpenAPI 3.1, and each of its references resolves", async () => {
  const validator = new Validator();
  assert.deepEqual(await validator.validate(structuredClone(document)), { valid: true });
  assert.equal(validator.version, "3.1");
  const visit = (value, at) => {
    if (typeof value !== "object" || value === null) return;
    if ("$ref" in value) assert.ok(resolved(value), `${at}: ${value.$ref}`);
    for (const [name, inner] of Object.entries(value)) visit(inner, `${at}/${name}`);
  };
  visit(document, "#");
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  const ids = operations.map(({ operationId }) => operationId);
  assert.equal(new Set(ids).size, ids.length);
  const links = operations.flatMap(({ responses }) => Object.values(responses).flatMap(({ links }) => links ?? {}));
  for (const { operationId } of links.flatMap(Object.values)) assert.ok(ids.includes(operationId), operationId);
});

test("it has the package's version, and every route of the handler", () => {
  assert.equal(document.info.version, JSON.parse(source("pkg-template/package.json")).version);
  const documented = source("src/edge/route.rs").matchAll(/^ {4}\/\/\/ `([A-Z]+) (\/\S+)`$/gm);
  const routes = Array.from(documented, ([, method, path]) => `${method} ${path}`);
  const listed = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.ok(routes.length >= 10);
  assert.deepEqual(listed.sort(), routes.sort());
});

test("its base path equals the handler's", async () => {
  const handler = createHandler(options({ basePath: "/sms/" }));
  const pretty = await handler.fetch(new Request("https://edge.example/sms/openapi.json?pretty"));
  assert.equal(pretty.headers.get("content-type"), "application/json");
  assert.equal(pretty.headers.get("x-xinshi-document"), null);
  assert.deepEqual(await pretty.json(), { servers: [{ url: "/sms" }], ...document });
  assert.equal(document.servers, undefined);
  const head = await handler.fetch(new Request("https://edge.example/sms/openapi.json", { method: "HEAD" }));
  assert.deepEqual([head.status, await head.text()], [200, ""]);
});

test("it lists the code's problems, by name and status", () => {
  const written = rust.join("\n");
  const coded = new Set();
  for (const [, status, name] of written.matchAll(/(?:Problem::new|Self::new|problem)\(\s*(\d{3}),\s*"([a-z-]+)"/g)) {
    coded.add(`${status} ${name}`);
  }
  const described = new Set();
  const responses = Object.values(paths).flatMap((item) => Object.values(item).map(({ responses }) => responses));
  for (const response of [...responses.flatMap(Object.values), ...Object.values(components.responses)]) {
    const { examples = {} } = response.content?.["application/problem+json"] ?? {};
    for (const [name, { value }] of Object.entries(examples)) {
      described.add(`${value.status} ${name}`);
      assert.ok(written.includes(`"${value.title}"`), value.title);
    }
  }
  assert.deepEqual([...described].sort(), [...coded].sort());
  const types = components.schemas.Problem.properties.type.enum.map((type) => name({ type }));
  assert.deepEqual(types.sort(), [...described].map((problem) => problem.slice(4)).sort());
});

test("it lists the code's states of challenges and of texts", () => {
  const words = (of) => {
    const body = rust.join("\n").match(new RegExp(`const fn ${of}\\(.*?\\n}`, "s"))[0];
    return Array.from(body.matchAll(/=> "([a-z]+)"/g), ([, word]) => word).sort();
  };
  const { status, delivery } = components.schemas.Status.properties;
  assert.deepEqual([...status.enum].sort(), words("challenge_state_name"));
  assert.deepEqual([...delivery.enum].sort(), words("delivery_name"));
});

test("a request holds only listed fields; CAMARA 1.1's may hold more", () => {
  for (const [path, { post }] of Object.entries(paths)) {
    // A replay has no body.
    if (!post || path.endsWith("/replay")) continue;
    const body = resolved(post.requestBody.content["application/json"].schema);
    // The bodies of pushes and of login servers are not ours to describe.
    if (path.startsWith("/hooks/") || path.startsWith("/gateway/")) continue;
    assert.equal(body.additionalProperties, path.startsWith("/one-time-password-sms/v1"), path);
    assert.equal(post.requestBody.required, true);
  }
});

const takes = ({ pattern, maxLength = Number.POSITIVE_INFINITY, minLength = 0 }, text) =>
  new RegExp(pattern, "u").test(text) && text.length >= minLength && text.length <= maxLength;
const NOT_SENT = ["MAX_OTP_CODES_EXCEEDED", "PERMISSION_DENIED", "PHONE_NUMBER_BLOCKED", "PHONE_NUMBER_NOT_ALLOWED"];

// CAMARA One Time Password SMS 1.1.1 and 2.0, in our own words.
for (const { version, suffix, ids, otherIds, nobody } of [
  { version: "v1", suffix: "V1", ids: ["ea0840f3-3663", "under_score"], otherIds: [], nobody: [] },
  {
    version: "v2",
    suffix: "",
    ids: ["ea0840f3-3663"],
    otherIds: ["under_score", "a b"],
    nobody: ["IDENTIFIER_NOT_FOUND"],
  },
]) {
  test(`the CAMARA part matches the standard's requests and replies, ${version}`, () => {
    const send = paths[`/one-time-password-sms/${version}/send-code`].post;
    const validate = paths[`/one-time-password-sms/${version}/validate-code`].post;
    assert.deepEqual([send.operationId, validate.operationId], [`sendCode${suffix}`, `validateCode${suffix}`]);
    const bodyOf = ({ requestBody }) => resolved(requestBody.content["application/json"].schema);
    assert.deepEqual(bodyOf(send).required.toSorted(), ["message", "phoneNumber"]);
    assert.deepEqual(bodyOf(validate).required.toSorted(), ["authenticationId", "code"]);
    const { phoneNumber, message } = bodyOf(send).properties;
    const { authenticationId, code } = bodyOf(validate).properties;
    for (const number of ["+86138", "+123456789012345"]) assert.ok(takes(phoneNumber, number));
    for (const number of ["8613812345678", "+0123456", "+1234567890123456"]) assert.ok(!takes(phoneNumber, number));
    assert.deepEqual([message.maxLength, authenticationId.maxLength, code.maxLength], [160, 36, 10]);
    assert.ok(takes(message, "{{code}} is yours") && takes(message, "用{{code}}登录") && !takes(message, "{code}"));
    for (const id of ids) assert.ok(takes(authenticationId, id), id);
    for (const id of ["", "a".repeat(37), ...otherIds]) assert.ok(!takes(authenticationId, id), id);
    const statuses = ["400", "401", "403", "404", "429", "500", "503"];
    const found = statuses.filter((status) => status !== "404" || nobody.length > 0);
    assert.deepEqual(Object.keys(send.responses).sort(), ["200", ...found]);
    assert.deepEqual(Object.keys(validate.responses).sort(), ["204", ...statuses]);
    const sent = resolved(send.responses[200].content["application/json"].schema);
    assert.deepEqual(sent.required, ["authenticationId"]);
    // The reply's pattern of 2.0, in both versions: a challenge of one is valid in the other.
    const id = resolved(sent.properties.authenticationId);
    assert.ok(takes(id, "2NEpo7TZRRrLZSi2U5V9t8vJcQ8xZsWf3F6f") && !takes(id, "2NEpo7TZRRrLZSi2U5V9t8vJcQ8xZsWf3F6_"));
    assert.equal(validate.responses[204].content, undefined);
    const codes = ({ responses }, status) => {
      const [info, own] = responses[status]?.content["application/json"].schema.allOf ?? [];
      if (info === undefined) return [];
      assert.deepEqual(resolved(info).required, ["status", "code", "message"]);
      assert.equal(own.properties.status.const, status);
      return own.properties.code.enum.map((code) => code.replace("ONE_TIME_PASSWORD_SMS.", "")).sort();
    };
    assert.deepEqual(codes(send, 400), ["INVALID_ARGUMENT"]);
    assert.deepEqual(codes(validate, 400), [
      "INVALID_ARGUMENT",
      "INVALID_OTP",
      "VERIFICATION_EXPIRED",
      "VERIFICATION_FAILED",
    ]);
    assert.deepEqual(codes(send, 403), NOT_SENT);
    assert.deepEqual(codes(send, 404), nobody);
    assert.deepEqual([codes(validate, 403), codes(validate, 404)], [["PERMISSION_DENIED"], ["NOT_FOUND"]]);
    for (const operation of [send, validate]) {
      assert.deepEqual(codes(operation, 401), ["UNAUTHENTICATED"]);
      assert.deepEqual(codes(operation, 429), ["TOO_MANY_REQUESTS"]);
      const [correlator] = operation.parameters;
      assert.deepEqual([correlator.in, correlator.name, correlator.required], ["header", "x-correlator", undefined]);
      const schema = resolved(correlator.schema);
      assert.ok(takes(schema, "a-b_c:;./<>{}9") && takes(schema, "") && !takes(schema, "a b"));
      for (const [status, { headers }] of Object.entries(operation.responses)) {
        assert.ok(headers["x-correlator"], status);
      }
    }
  });
}

const HOOK_KEY = "a key for hooks that is long enough to be one";
const TOKEN = "the-token-of-a-back-end";
const OPERATOR_TOKEN = "the-token-of-the-operator";
const NUMBER = "+8613812345678";
const sandbox = createSandbox();
let addresses = 0;

/** Options with a test number, and a caller of its own. */
function options(more = {}) {
  addresses += 1;
  const address = `198.51.100.${addresses}`;
  return {
    vendors: { main: sandbox.config("apiv1") },
    fetch: sandbox.fetch,
    store: memoryStore(),
    pepper: "a pepper that is long enough for a test",
    proof: { key: "a proof key that is long enough for a test", audience: "app" },
    brand: "信使",
    apiTokens: [TOKEN],
    adminToken: OPERATOR_TOKEN,
    dev: true,
    testNumbers: { [NUMBER]: "482915" },
    clientAddress: () => address,
    on: () => {},
    ...more,
  };
}

const SEND = "/otp/send";
const VERIFY = "/otp/verify";
const SEND_CODE = "/one-time-password-sms/v2/send-code";
const VALIDATE_CODE = "/one-time-password-sms/v2/validate-code";

/** A handler, and a function that requests it and compares each answer with the document. */
function startHandler(more) {
  const handler = createHandler(typeof more === "function" ? more : options(more));
  return async (path, body, { headers = {}, method = body === undefined ? "GET" : "POST", json = true } = {}) => {
    const own = path.startsWith("/one-time") ? { authorization: `Bearer ${TOKEN}` } : {};
    const type = json && body !== undefined ? { "content-type": "application/json" } : {};
    const init = { method, headers: { ...own, ...type, ...headers }, duplex: "half" };
    if (body !== undefined) init.body = json && !(body instanceof ReadableStream) ? JSON.stringify(body) : body;
    const response = await handler.fetch(new Request(`https://edge.example${path}`, init));
    return described(path, method, response);
  };
}

/** Asserts that the document describes an answer. Returns its body. */
async function described(path, method, response) {
  const route = path
    .replace(/^\/otp\/status\/.*/, "/otp/status/{challenge}")
    .replace(/^\/admin\/receipts\/.*\/replay$/, "/admin/receipts/{id}/replay")
    .replace(/^\/hooks\/.*/, "/hooks/{account}/{token}");
  const ofOther = { 404: components.responses.Nowhere, 405: components.responses.OtherMethod };
  const operation = paths[route]?.[method.toLowerCase()];
  const { status } = response;
  const answer = operation ? operation.responses[status] : ofOther[status];
  assert.ok(answer, `${method} ${path}: ${status}`);
  for (const [name, reference] of Object.entries(answer.headers ?? {})) {
    const { required, schema } = resolved(reference);
    const value = response.headers.get(name);
    assert.ok(value !== null || !required, `${method} ${path}: ${status} without ${name}`);
    if (value === null) continue;
    if (schema.const) assert.equal(value, schema.const);
    if (schema.enum) assert.ok(schema.enum.includes(value), value);
    if (schema.pattern) assert.match(value, new RegExp(schema.pattern, "u"));
  }
  if (answer.content === undefined) return { status };
  const { schema } = answer.content[response.headers.get("content-type")];
  const reply = await response.json();
  const [shape, own = {}] = (schema.allOf ?? [schema]).map(resolved);
  for (const name of shape.required ?? []) assert.ok(name in reply, `${path}: ${name}`);
  for (const [name, { enum: values, const: value }] of Object.entries(own.properties ?? {})) {
    assert.ok((values ?? [value]).includes(reply[name]), `${method} ${path}: ${name} ${reply[name]}`);
  }
  return { ...reply, status };
}

/** The last part of a problem's type, or a CAMARA error's code without its prefix. */
const name = ({ type, code }) =>
  (type ?? code)?.replace(/^urn:xinshi:problem:|^https:.*#|^ONE_TIME_PASSWORD_SMS\./, "");

const failing = {
  apply: async () => {
    throw new Error("the store is down");
  },
};
const captcha = (verify) => ({ captcha: { verify, when: "always" } });

const tenants = (vendors) => ({ vendors, tenant: () => "acme" });

/** For each problem, requests that trigger it. */
const PROBLEMS = {
  "malformed-request": async () => startHandler()(SEND, { phone: NUMBER, unknown: 1 }),
  unauthorized: async () => startHandler()("/admin/stats"),
  "captcha-required": async () => startHandler(captcha(async () => true))(SEND, { phone: NUMBER }),
  "captcha-failed": async () => startHandler(captcha(async () => false))(SEND, { phone: NUMBER, captcha: "x" }),
  "captcha-unavailable": async () =>
    startHandler(captcha(() => Promise.reject(new Error("down"))))(SEND, { phone: NUMBER, captcha: "x" }),
  "insufficient-scope": async () => {
    const scopes = ["opt-outs:check"];
    const call = startHandler({ apiTokens: [{ token: TOKEN, scopes }] });
    return call(SEND, { phone: NUMBER }, { headers: { authorization: `Bearer ${TOKEN}` } });
  },
  "number-not-allowed": async () => startHandler()(SEND, { phone: "+14155550123" }),
  "not-found": async () => startHandler()("/otp/send/"),
  "unknown-tenant": async () => startHandler(tenants(() => null))(SEND, { phone: NUMBER }),
  "tenant-unavailable": async () =>
    startHandler(tenants(() => Promise.reject(new Error("down"))))(SEND, { phone: NUMBER }),
  "unknown-receipt": async () => {
    const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
    return startHandler()("/admin/receipts/rcpt_1_0/replay", {}, { headers });
  },
  "unknown-challenge": async () => startHandler()(`/otp/status/${"A".repeat(36)}`),
  "method-not-allowed": async () => startHandler()(SEND, undefined, { method: "DELETE" }),
  "body-unfinished": async () =>
    startHandler()(SEND, new ReadableStream({ pull: (body) => body.error(new Error("gone")) })),
  "body-too-large": async () => startHandler()(SEND, { phone: NUMBER, captcha: "x".repeat(8192) }),
  "unsupported-media-type": async () =>
    startHandler()(SEND, "phone=1", { json: false, headers: { "content-type": "text/plain" } }),
  "in-progress": async () => {
    let answer;
    // An empty reply: the text may have been sent.
    const vendor = new Promise((resolve) => (answer = () => resolve(new Response(""))));
    const call = startHandler({ fetch: () => vendor });
    const again = () => call(SEND, { phone: "13912345678" }, { headers: { "idempotency-key": "k".repeat(16) } });
    const first = again();
    await new Promise(setImmediate);
    const second = await again();
    answer();
    assert.equal((await first).status, 202);
    assert.equal((await again()).status, 202);
    return second;
  },
  "challenge-closed": async () => startHandler()(SEND, { phone: NUMBER, challenge: "A".repeat(36) }),
  "idempotency-key-reused": async () => {
    const call = startHandler();
    const headers = { "idempotency-key": "k".repeat(16) };
    assert.equal((await call(SEND, { phone: NUMBER }, { headers })).status, 202);
    return call(SEND, { phone: NUMBER, purpose: "payment" }, { headers });
  },
  "not-verified": async () => startHandler()(VERIFY, { challenge: "A".repeat(36), code: "000000" }),
  "quota-exceeded": async () => {
    const call = startHandler();
    assert.equal((await call(SEND, { phone: NUMBER })).status, 202);
    return call(SEND, { phone: NUMBER });
  },
  internal: async (t) => {
    t.mock.method(console, "error", () => {});
    const call = startHandler();
    // Breaks the instance.
    new Uint8Array(sharedMemory().buffer).fill(0xff);
    return call(SEND, { phone: NUMBER });
  },
  "unreadable-request": async () => {
    const request = new Request(`http://handler${SEND}`, { method: "POST", body: "{}" });
    await request.text();
    return described(SEND, "POST", await createHandler(options()).fetch(request));
  },
  misconfigured: async () => startHandler(() => ({ brand: "信使" }))(SEND, { phone: NUMBER }),
  "no-address": async () => startHandler({ clientAddress: () => null })(SEND, { phone: NUMBER }),
  "no-randomness": async (t) => {
    t.mock.method(crypto, "getRandomValues", () => {
      throw new Error("not here");
    });
    const call = startHandler();
    // Random bytes are fetched for many requests at once.
    for (let count = 0; count < 256; count += 1) assert.equal((await call("/healthz")).status, 200);
    return call(SEND, { phone: NUMBER });
  },
  "no-store": async () => {
    setRuntime({ lives: false });
    try {
      return await startHandler({ store: undefined })("/healthz");
    } finally {
      setRuntime({ lives: true });
    }
  },
  "not-sent": async () => {
    const fault = JSON.stringify({ vendor: "apiv1", fault: "reject", times: 1 });
    assert.ok((await sandbox.fetch("http://sandbox/faults", { method: "POST", body: fault })).ok);
    return startHandler()(SEND, { phone: "13912345678" });
  },
  "too-many-waiting": async () => {
    // A process that stores a push, and stops before it reads it.
    const store = memoryStore();
    let left = 0;
    const apply = async (key, command) => {
      if (left === 0) throw new Error("stopped");
      left -= 1;
      return store.apply(key, command);
    };
    const call = startHandler({ store: { apply }, hookKeys: HOOK_KEY });
    const path = hookPath(HOOK_KEY, "main");
    for (let pushed = 0; ; pushed += 1) {
      left = 3;
      const answer = await call(path, { pushed });
      if (answer.status !== 200) return answer;
      assert.ok(pushed < 2000);
    }
  },
  unavailable: async () => startHandler({ store: failing })(SEND, { phone: NUMBER }),
};

test("each problem occurs, and its reply matches its description", async (t) => {
  t.mock.method(console, "error", () => {});
  const types = components.schemas.Problem.properties.type.enum.map((type) => name({ type }));
  assert.deepEqual(Object.keys(PROBLEMS).sort(), types.sort());
  for (const [problem, have] of Object.entries(PROBLEMS)) {
    await t.test(problem, async (t) => assert.equal(name(await have(t)), problem));
  }
});

/** A CAMARA request for a code. */
const camaraBody = (phoneNumber = NUMBER) => ({ phoneNumber, message: "{{code}} is yours" });

/** For each CAMARA error, requests that trigger it. */
const ERRORS = {
  INVALID_ARGUMENT: async () => startHandler()(SEND_CODE, { phoneNumber: NUMBER, message: "no place for it" }),
  INVALID_OTP: async () => guessing(1),
  VERIFICATION_FAILED: async () => guessing(5),
  VERIFICATION_EXPIRED: async () => {
    const call = startHandler();
    const { authenticationId } = await call(SEND_CODE, camaraBody());
    const right = { authenticationId, code: "482915" };
    assert.deepEqual(await call(VALIDATE_CODE, right), { status: 204 });
    return call(VALIDATE_CODE, right);
  },
  UNAUTHENTICATED: async () =>
    startHandler()(SEND_CODE, camaraBody(), { headers: { authorization: "Bearer another" } }),
  PERMISSION_DENIED: async () =>
    startHandler({ apiTokens: [{ token: TOKEN, scopes: ["otp"] }] })(SEND_CODE, camaraBody()),
  MAX_OTP_CODES_EXCEEDED: async () => {
    const call = startHandler();
    assert.equal((await call(SEND_CODE, camaraBody())).status, 200);
    return call(SEND_CODE, camaraBody());
  },
  PHONE_NUMBER_NOT_ALLOWED: async () => startHandler()(SEND_CODE, camaraBody("+862112345678")),
  IDENTIFIER_NOT_FOUND: async () => startHandler()(SEND_CODE, camaraBody("+14155550123")),
  PHONE_NUMBER_BLOCKED: async () => startHandler({ deny: ["+86138*"] })(SEND_CODE, camaraBody()),
  NOT_FOUND: async () => startHandler()(VALIDATE_CODE, { authenticationId: "A".repeat(36), code: "482915" }),
  TOO_MANY_REQUESTS: async () => {
    const call = startHandler({ limits: { token: [{ limit: 1, windowSeconds: 60 }] } });
    assert.equal((await call(SEND_CODE, camaraBody())).status, 200);
    return call(SEND_CODE, camaraBody("+8613912345678"));
  },
  UNAVAILABLE: async () => startHandler({ store: failing })(SEND_CODE, camaraBody()),
  INTERNAL: async () => {
    const call = startHandler();
    // Breaks the instance.
    new Uint8Array(sharedMemory().buffer).fill(0xff);
    return call(SEND_CODE, camaraBody());
  },
};

/** The answer to the last of several wrong codes. */
async function guessing(times) {
  const call = startHandler();
  const { authenticationId } = await call(SEND_CODE, camaraBody());
  let answer;
  for (let guess = 0; guess < times; guess += 1) answer = await call(VALIDATE_CODE, { authenticationId, code: "AJY3" });
  return answer;
}

test("each CAMARA error occurs, and its reply matches its description", async (t) => {
  t.mock.method(console, "error", () => {});
  const described = [SEND_CODE, VALIDATE_CODE].flatMap((path) => Object.values(paths[path].post.responses));
  const codes = described.flatMap(({ content }) => Object.keys(content?.["application/json"]?.examples ?? {}));
  const errors = new Set(codes.map((code) => name({ code })).filter((code) => code !== "sent"));
  assert.deepEqual(Object.keys(ERRORS).sort(), [...errors].sort());
  for (const [error, have] of Object.entries(ERRORS)) {
    await t.test(error, async () => assert.equal(name(await have()), error));
  }
});
