// Vendors that a caller defines, against stand-ins over HTTP.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { createSms, parsePush, SmsError } from "xinshi";
import { defineVendor } from "xinshi/define";
import { createSandbox } from "xinshi/sandbox";
import { gateways } from "./gateways.mjs";

const TEXT = "【信使】您的验证码是424242";
const message = { to: "13812345678", text: TEXT };

/** What the next request is answered instead of the stand-in's own answer. */
let instead;
const received = [];
const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const url = new URL(request.url, "http://x");
  const [, name, ...rest] = url.pathname.split("/");
  const asked = {
    method: request.method,
    path: `/${rest.join("/")}`,
    query: url.search.slice(1),
    headers: request.headers,
    body: Buffer.concat(parts).toString("latin1"),
  };
  received.push({ ...asked, url: request.url });
  const gateway = gateways.find(({ vendor }) => vendor.name === name);
  const answer = instead ?? gateway.answer({ ...asked, body: Buffer.concat(parts).toString() });
  instead = undefined;
  response.writeHead(answer.status ?? 200);
  response.end(answer.body ?? answer);
});
let origin;
before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

const accountOf = ({ vendor, account }) => ({ vendor, baseUrl: `${origin}/${vendor.name}`, ...account });
const smsOf = (...chosen) =>
  createSms({ vendors: Object.fromEntries(chosen.map((gateway) => [gateway.vendor.name, accountOf(gateway)])) });

for (const gateway of gateways) {
  const { name } = gateway.vendor;
  const secret =
    gateway.account[Object.keys(gateway.account).find((option) => String(gateway.account[option]).startsWith("k-"))];

  test(`${name}: accepts, and what leaves is the plan to the byte`, async () => {
    const sms = smsOf(gateway);
    received.length = 0;
    const plan = sms.plan(message);
    const outcome = await sms.send(plan);
    assert.deepEqual(
      [outcome.status, outcome.vendor, outcome.id],
      ["accepted", name, gateway.id],
      JSON.stringify(outcome),
    );
    const [request] = plan.requests;
    const [arrived] = received;
    assert.equal(request.method, arrived.method);
    assert.equal(request.url, `${origin}${arrived.url}`);
    assert.equal(Buffer.from(request.body ?? []).toString("latin1"), arrived.body);
    for (const [header, value] of Object.entries(request.headers)) assert.equal(arrived.headers[header], value);
    assert.equal((await sms.send(message)).status, "accepted");
  });

  test(`${name}: shows no secret and nothing made of one`, async () => {
    const sms = smsOf(gateway);
    const [request] = sms.plan({ ...message, ref: "r1" }).requests;
    const shown = JSON.stringify(request) + request.toCurl();
    assert.match(shown, /\[redacted\]/);
    assert.ok(!shown.includes(secret), shown);
    // What the shown request lacks of the exact one is a signature.
    instead = gateway.rejected;
    const { status, error } = await sms.send(message);
    assert.equal(status, "rejected");
    assert.match(error.vendorMessage, /\[redacted\]/);
    assert.ok(!`${error.message}${error.vendorMessage}`.includes(secret), error.message);
  });

  test(`${name}: a reply that is not listed is unknown, and a listed one moves on`, async () => {
    for (const reply of ["", "{}", "<a/>", "1|2", "0", '{"status":9,"code":9}', { status: 500, body: "oops" }]) {
      instead = reply;
      const outcome = await smsOf(gateway).send(message);
      assert.equal(
        outcome.status,
        name === "joined" && reply === "0" ? "accepted" : "unknown",
        `${JSON.stringify(reply)}`,
      );
    }
    const other = gateways.find((other) => other !== gateway);
    instead = gateway.rejected;
    const outcome = await smsOf(gateway, other).send(message);
    assert.deepEqual([outcome.status, outcome.vendor], ["accepted", other.vendor.name]);
  });

  test(`${name}: a bulk travels in as few requests as the definition allows`, async () => {
    const { max } = gateway.definition.send;
    const to = Array.from({ length: max + 1 }, (_, index) => `138${String(index).padStart(8, "0")}`);
    const outcomes = [];
    for await (const outcome of smsOf(gateway).sendMany({ to, text: TEXT })) outcomes.push(outcome);
    assert.deepEqual(
      outcomes.map(({ status, to }) => [status, to.length]),
      [
        ["accepted", max],
        ["accepted", 1],
      ],
    );
  });
}

test("texts that differ share a request where each receiver has an element", async () => {
  const basic = gateways.find(({ vendor }) => vendor.name === "basic");
  const each = [1, 2, 3].map((index) => ({ to: `1381234567${index}`, text: `${TEXT}${index}` }));
  const plan = smsOf(basic).plan({ each });
  assert.equal(plan.requests.length, 1);
  const { messages } = JSON.parse(Buffer.from(plan.requests[0].body).toString());
  assert.deepEqual(
    messages,
    each.map(({ to, text }) => ({ to, body: text })),
  );
});

test("pulls and pushes are read as the definition says", async () => {
  const [clocked, , , xml, joined] = gateways;
  const reports = await smsOf(clocked).vendor("clocked").reports();
  assert.deepEqual(
    [...reports],
    [
      {
        vendor: "clocked",
        ref: "r7",
        to: "+8613812345678",
        delivered: true,
        status: "DELIVRD",
        at: "2024-03-01T08:00:00+08:00",
      },
    ],
  );
  assert.deepEqual(
    reports.unparsed.map((bytes) => Buffer.from(bytes).toString()),
    ['{"stat":""}'],
  );
  const replies = await smsOf(xml).vendor("xmlish").replies();
  assert.deepEqual(
    replies.map(({ from, text }) => [from, text]),
    [
      ["+8613812345678", "TD & R"],
      ["+8613912345678", "<hi>"],
    ],
  );
  const lines = await smsOf(joined).vendor("joined").reports();
  assert.deepEqual(
    lines.map(({ id, delivered }) => [id, delivered]),
    [
      ["77", true],
      ["78", false],
    ],
  );
  const pushed = (body) => parsePush(clocked.vendor, new Request("http://x/", { method: "POST", body }));
  const push = await pushed(
    '[{"msgId":"r1","mobile":"13812345678","stat":"UNDELIV"},{"mobile":"13812345678","content":"TD"},{}]',
  );
  assert.deepEqual([push.reports[0].delivered, push.replies[0].text, push.unparsed.length], [false, "TD", 1]);
  const none = await pushed("not json");
  assert.deepEqual([none.reports, none.replies, none.unparsed], [[], [], []]);
});

/** A definition with a function for each reading. */
const called = (read, more = {}) =>
  defineVendor({
    name: "called",
    baseUrl: origin,
    send: { url: "{baseUrl}/clocked/send", form: { to: "{to}", text: "{text}" } },
    read,
    ...more,
  });

test("a function reads replies, and its faults leave an outcome unknown", async () => {
  const outcomeOf = async (read) => {
    instead = "fine|7";
    const sms = createSms({ vendors: { main: { vendor: called(read), baseUrl: origin } } });
    return sms.send(message);
  };
  const accepted = await outcomeOf(
    ({ status, text }) => status === 200 && text === "fine|7" && { accepted: true, id: text.split("|")[1] },
  );
  assert.deepEqual([accepted.status, accepted.id], ["accepted", "7"]);
  const rejected = await outcomeOf(() => ({ error: "balance", vendorCode: "9", message: "nothing for 13812345678" }));
  assert.deepEqual(
    [rejected.status, rejected.error.code, rejected.error.vendorMessage],
    ["rejected", "balance", "nothing for 138****5678"],
  );
  const faults = [
    () => {
      throw new Error("mine");
    },
    async () => ({ accepted: true }),
    async () => {
      throw new Error("mine");
    },
    () => undefined,
    () => "accepted",
    () => ({ accepted: "yes" }),
    () => ({ error: "network" }),
    () =>
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error("mine");
          },
        },
      ),
    () =>
      Object.defineProperty({}, ["th", "en"].join(""), {
        get() {
          throw new Error("mine");
        },
      }),
  ];
  for (const fault of faults) assert.equal((await outcomeOf(fault)).status, "unknown", String(fault));
  const records = called(() => undefined, {
    push: {
      read: ({ query, text }) => [{ phone: query, text }, { phone: "13812345678", status: "DELIVRD", id: 7 }, 7],
    },
  });
  const push = await parsePush(records, new Request("http://x/?13912345678", { method: "POST", body: "TD" }));
  assert.deepEqual([push.replies[0].from, push.replies[0].text, push.reports[0].id], ["+8613912345678", "TD", "7"]);
});

test("a bad definition is rejected at once, by the field's path", () => {
  const good = gateways[0].definition;
  const cases = [
    [{ ...good, name: "binstd" }, "name"],
    [{ ...good, name: "a b" }, "name"],
    [{ ...good, nmae: "x" }, "nmae"],
    [{ ...good, charset: "latin1" }, "charset"],
    [{ ...good, account: { to: "text" } }, "account.to"],
    [{ ...good, account: { key: "password" } }, "account.key"],
    [{ ...good, send: undefined }, "send"],
    [{ ...good, send: { ...good.send, url: "https://x.example" } }, "send.url"],
    [{ ...good, send: { ...good.send, url: "{baseUrl}/{key}" } }, "send.url"],
    [{ ...good, send: { ...good.send, method: "GET" } }, "send.method"],
    [{ ...good, send: { ...good.send, json: {} } }, "send.method"],
    [{ ...good, send: { ...good.send, max: 0 } }, "send.max"],
    [{ ...good, send: { ...good.send, form: { to: "{to}" } } }, "send"],
    [{ ...good, send: { ...good.send, form: { to: "{too}" } } }, "send.form.to"],
    [{ ...good, send: { ...good.send, form: { to: "{md5(to" } } }, "send.form.to"],
    [{ ...good, send: { ...good.send, form: { "a b": "{to}" } } }, "send.form.a b"],
    [{ ...good, send: { ...good.send, headers: { "content-type": "{key}" } } }, "send.headers.content-type"],
    [{ ...good, charset: "gbk", send: { url: "{baseUrl}", json: { a: "{to}{text}" } } }, "send.json"],
    [{ ...good, send: { url: "{baseUrl}", json: { a: ["{to}{text}", { b: "{no}" }] } } }, "send.json.a.1.b"],
    [{ ...good, read: undefined }, "read"],
    [{ ...good, read: { ...good.read, format: "yaml" } }, "read.format"],
    [{ ...good, read: { ...good.read, accepted: [] } }, "read.accepted"],
    [{ ...good, read: { ...good.read, accepted: ["1001"] } }, "read.accepted"],
    [{ ...good, read: { ...good.read, codes: { 1: "timeout" } } }, "read.codes.1"],
    [
      { ...good, reports: { ...good.reports, read: { format: "json", fields: { phone: "p" } } } },
      "reports.read.fields.status",
    ],
    [{ ...good, push: { read: { format: "json", fields: { status: "s", state: "x" } } } }, "push.read.fields.state"],
  ];
  for (const [definition, field] of cases) {
    assert.throws(
      () => defineVendor(definition),
      (error) => {
        assert.ok(error instanceof SmsError, String(error));
        assert.deepEqual([error.code, error.field], ["invalid_argument", field]);
        return true;
      },
      field,
    );
  }
  assert.throws(
    () => createSms({ vendors: { a: { vendor: { ...called(() => undefined) }, call: 1, baseUrl: origin } } }),
    { field: "vendors.a.call" },
  );
  assert.throws(() => createSms({ vendors: { a: { vendor: { name: "x" } } } }), SmsError);
  assert.throws(() => createSms({ vendors: { a: { vendor: gateways[0].vendor, account: "u1" } } }), {
    field: "vendors.a.key",
  });
});

test("the sandbox plays a defined vendor", async () => {
  const sandbox = createSandbox({ vendors: gateways.map(({ vendor }) => vendor) });
  const ask = (path, init) => sandbox.fetch(`http://127.0.0.1${path}`, init);
  const inbox = async () => (await ask("/inbox", { headers: { accept: "application/json" } })).json();
  for (const { vendor, definition } of gateways) {
    const account = sandbox.config(vendor);
    const sms = createSms({ vendors: { main: account }, fetch: sandbox.fetch });
    const outcome = await sms.send(message);
    assert.deepEqual([outcome.status, outcome.vendor], ["accepted", vendor.name], JSON.stringify(outcome));
    const text = (await inbox()).at(-1);
    assert.deepEqual([text.vendor, text.to, text.text], [vendor.name, "+8613812345678", TEXT]);
    for await (const { status } of sms.sendMany({ to: ["13812345671", "13812345672"], text: TEXT }))
      assert.equal(status, "accepted");
    assert.equal((await inbox()).length % 3, 0);
    const faults = [
      ["reject", "rejected"],
      ["http500", "unknown"],
      ["garbage", "unknown"],
      ["accept_then_reset", "unknown"],
    ];
    for (const [fault, status] of faults) {
      await ask("/faults", { method: "POST", body: JSON.stringify({ vendor: vendor.name, fault }) });
      assert.equal((await sms.send(message)).status, status, `${vendor.name} ${fault}`);
    }
    // What the sandbox's own text took away.
    await ask("/inbox", { method: "DELETE" });
    const plain = Object.keys(definition.account).find((option) => definition.account[option] === "text");
    const wrong = createSms({ vendors: { main: { ...account, [plain]: "wrong" } }, fetch: sandbox.fetch });
    assert.equal((await wrong.send(message)).status, "rejected", vendor.name);
    assert.deepEqual(await inbox(), []);
  }
  const mute = called(() => undefined);
  await assert.rejects(createSandbox({ vendors: [mute] }).fetch("http://127.0.0.1/inbox"), {
    field: "vendors.0.samples",
  });
  const spoken = called(({ text }) => (text === "yes" ? { accepted: true } : { error: "vendor" }), {
    samples: { accepted: "yes", rejected: "no" },
  });
  const speaking = createSandbox({ vendors: [spoken] });
  const sms = createSms({ vendors: { main: speaking.config(spoken) }, fetch: speaking.fetch });
  assert.equal((await sms.send(message)).status, "accepted");
});

test("the sandbox holds a defined vendor's records until a pull, and pushes them", async () => {
  const [clocked, , , xml, joined] = gateways;
  const sandbox = createSandbox({ vendors: gateways.map(({ vendor }) => vendor) });
  const ask = (path, order) =>
    sandbox.fetch(`http://127.0.0.1${path}`, { method: "POST", body: JSON.stringify(order) });
  const accountOf = ({ vendor }) => createSms({ vendors: { main: sandbox.config(vendor) }, fetch: sandbox.fetch });
  for (const [gateway, name, key] of [
    [clocked, "clocked", "ref"],
    [joined, "joined", "id"],
  ]) {
    const sms = accountOf(gateway);
    const sent = await sms.send({ ...message, ref: "r7" });
    assert.equal(sent.status, "accepted");
    const reports = await sms.vendor("main").reports();
    assert.deepEqual([reports.length, reports.unparsed.length], [1, 0], name);
    assert.deepEqual([reports[0].to, reports[0].delivered], ["+8613812345678", true], name);
    assert.equal(reports[0][key], sent[key], name);
    assert.deepEqual([...(await sms.vendor("main").reports())], [], "a pull erases them");
  }

  const from = "13912345678";
  for (const text of ["TD", "退订 <1> & 2"])
    assert.equal((await ask("/replies", { vendor: "xmlish", from, text })).status, 204);
  assert.equal((await ask("/replies", { vendor: "clocked", from, text: "TD" })).status, 400);
  const replies = await accountOf(xml).vendor("main").replies();
  assert.deepEqual(
    replies.map(({ from, text }) => [from, text]),
    [
      ["+8613912345678", "TD"],
      ["+8613912345678", "退订 <1> & 2"],
    ],
  );
  const wrong = { ...sandbox.config(clocked.vendor), account: "wrong" };
  const stranger = createSms({ vendors: { main: wrong }, fetch: sandbox.fetch });
  await assert.rejects(stranger.vendor("main").reports(), SmsError);

  const pushed = [];
  const customer = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    pushed.push(new Request("http://x/", { method: "POST", headers: request.headers, body: Buffer.concat(parts) }));
    response.end("ok");
  });
  await new Promise((ready) => customer.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${customer.address().port}/`;
  const orders = [
    { url, kind: "report", to: "13812345678", ref: "r8", status: "UNDELIV" },
    { url, kind: "reply", from, text: "退订", ref: "r8" },
  ];
  for (const order of orders) assert.equal((await ask("/push/clocked", order)).status, 200);
  assert.equal((await ask("/push/joined", orders[0])).status, 400, "it defines no push");
  customer.close();
  const [report, reply] = await Promise.all(pushed.map((request) => parsePush(clocked.vendor, request)));
  assert.deepEqual(
    report.reports.map(({ to, ref, status, delivered }) => [to, ref, status, delivered]),
    [["+8613812345678", "r8", "UNDELIV", false]],
  );
  assert.deepEqual(
    reply.replies.map(({ from, text }) => [from, text]),
    [["+8613912345678", "退订"]],
  );
});

test("a strict sandbox rejects by a defined vendor what a carrier would", async () => {
  const [{ vendor }] = gateways;
  const sandbox = createSandbox({ vendors: [vendor], strict: true });
  const sms = createSms({ vendors: { main: sandbox.config(vendor) }, fetch: sandbox.fetch });
  assert.equal((await sms.send({ ...message, text: "您的验证码是424242" })).status, "rejected");
  assert.equal((await sms.send(message)).status, "accepted");
});

test("a plan leaves to the byte, and its signature shows nowhere", async () => {
  const sandbox = createSandbox();
  for (const name of ["aliyun", "tencent"]) {
    const left = [];
    const fetch = (url, init) => {
      left.push(new Request(url, init));
      return sandbox.fetch(url, init);
    };
    const sms = createSms({ vendors: { main: sandbox.config(name) }, fetch });
    const plan = sms.plan({ ...message, ref: "r1" });
    const outcome = await sms.send(plan);
    assert.equal(outcome.status, "accepted", JSON.stringify(outcome.error));
    const [request] = plan.requests;
    assert.equal(Buffer.from(request.body).toString(), await left[0].text());
    assert.ok(request.headers.authorization);
    for (const [header, value] of Object.entries(request.headers)) assert.equal(left[0].headers.get(header), value);
    const shown = JSON.stringify(request) + request.toCurl();
    assert.ok(!shown.includes(request.headers.authorization) && shown.includes("[redacted]"), shown);
  }
});
