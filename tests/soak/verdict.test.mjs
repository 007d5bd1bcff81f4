// The comparison of a soak's log finds each kind of violation, and no other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VIOLATIONS, verdictOf } from "../../bench/soak/verdict.mjs";

const RULES = [{ limit: 1, windowSeconds: 10 }];
const [phone, process, challenge] = ["13800000000", "a process", "a challenge"];

/** The violations of a log, without those that are 0. */
function violations(events) {
  const verdict = verdictOf(events, RULES);
  return Object.fromEntries(VIOLATIONS.filter((name) => verdict[name] > 0).map((name) => [name, verdict[name]]));
}

const ask = (id, at) => ({ type: "ask", id, at, phone, process });
const answered = (id, at, status = 202) => ({ type: "answered", id, at, status });
const text = (at, code = "112233") => ({ type: "text", at, phone, code, ref: `ref${at}` });
const guess = (id, at, code = "112233", of = challenge) => ({ type: "guess", id, at, challenge: of, phone, code });
const guessed = (id, at, status = 200) => ({ type: "guessed", id, at, status });
const push = (id, records) => ({ type: "push", id, at: id, records, process });
const pushed = (id, status = 200) => ({ type: "pushed", id, at: id, status });
const forwarded = (record, message) => ({ type: "forwarded", at: 0, record, message });

test("two texts in a window break the rule, if no request began before the window", () => {
  const first = [ask(1, 0), text(10), answered(1, 20)];
  assert.deepEqual(violations([...first, ask(2, 9000), text(9010), answered(2, 9020)]), { rulesBroken: 1 });
  assert.deepEqual(violations([...first, ask(2, 10_020), text(10_030), answered(2, 10_040)]), {});
  assert.deepEqual(violations([...first, text(9010)]), { rulesBroken: 1 }, "a text that nobody asked for");
});

test("a text may be late, by a network or after its process died, and counts from its request", () => {
  const late = [ask(1, 0), answered(1, 10), text(9000)];
  const next = [ask(2, 10_010), text(10_015), answered(2, 10_020)];
  assert.deepEqual(violations([...late, ...next]), {});
  const died = [ask(1, 0), { type: "lost", id: 1, at: 10 }, text(9000), { type: "quiet", process, at: 9001 }];
  assert.deepEqual(violations([...died, ...next]), {});
  const quiet = [ask(1, 0), { type: "lost", id: 1, at: 10 }, { type: "quiet", process, at: 20 }, text(9000)];
  assert.deepEqual(violations([...quiet, ...next]), { rulesBroken: 1 }, "nothing was under way any more");
  assert.deepEqual(violations([ask(1, 0), answered(1, 10, 429), text(9000), ...next]), { rulesBroken: 1 });
});

test("a code that is accepted twice is found, under one challenge and under two", () => {
  const once = [ask(1, 0), text(5), answered(1, 10), guess(2, 20), guessed(2, 30)];
  assert.deepEqual(violations([...once, guess(3, 21), guessed(3, 31, 422), guess(4, 22)]), {});
  assert.deepEqual(violations([...once, guess(3, 21), guessed(3, 31)]), { acceptedTwice: 1 });
  assert.deepEqual(violations([...once, guess(3, 21, "112233", "another"), guessed(3, 31)]), { acceptedTwice: 1 });
  const anew = [ask(5, 10_100), text(10_105), answered(5, 10_110)];
  assert.deepEqual(violations([...once, ...anew, guess(6, 10_120, "112233", "another"), guessed(6, 10_130)]), {});
});

test("an acknowledged record that never comes is lost, and one that comes again has the same id", () => {
  const both = [push(1, ["one", "two"]), pushed(1)];
  assert.deepEqual(violations([...both, forwarded("one", "a"), forwarded("two", "b"), forwarded("two", "b")]), {});
  assert.deepEqual(violations([...both, forwarded("one", "a")]), { pushesLost: 1 });
  assert.deepEqual(violations([push(1, ["one"]), pushed(1, 503)]), {});
  assert.deepEqual(violations([forwarded("one", "a"), forwarded("one", "b")]), { recordsWithTwoIds: 1 });
});

test("a row may count too much after a crash, and never too little", () => {
  const log = [ask(1, 0), text(5), answered(1, 10), ask(2, 20_000), { type: "lost", id: 2, at: 20_010 }];
  const used = (used) => violations([...log, { type: "row", at: 30_000, phone, used }]);
  assert.deepEqual([used(0), used(1), used(2), used(3)], [{ rowsWrong: 1 }, {}, {}, { rowsWrong: 1 }]);
});

test("a challenge is verified if its code was accepted, and its text delivered if the report was acknowledged", () => {
  const state = (status) => ({ type: "state", at: 90, challenge, status });
  const accepted = [guess(1, 20), guessed(1, 30)];
  assert.deepEqual(violations([...accepted, state("verified")]), {});
  assert.deepEqual(violations([...accepted, state("open")]), { rowsWrong: 1 });
  assert.deepEqual(violations([guess(1, 20), guessed(1, 30, 422), state("verified")]), { rowsWrong: 1 });
  assert.deepEqual(violations([guess(1, 20), state("verified")]), {}, "the answer was lost");
  const reported = [push(1, ["one"]), pushed(1), forwarded("one", "a")];
  const delivery = (delivery) => ({ type: "delivery", at: 90, challenge, record: "one", delivery });
  assert.deepEqual(violations([...reported, delivery("delivered")]), {});
  assert.deepEqual(violations([...reported, delivery("accepted")]), { rowsWrong: 1 });
});
