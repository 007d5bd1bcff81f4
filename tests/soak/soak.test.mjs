// The short form of `npm run soak`: each engine is killed a few times under load, behind proxies that delay and cut.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engines } from "../../bench/soak/engines.mjs";
import { RULES, soak } from "../../bench/soak/run.mjs";
import { VIOLATIONS, verdictOf } from "../../bench/soak/verdict.mjs";

const KILLS = 6;

for (const engine of Object.keys(engines)) {
  test(`kills of ${engine} under load break no rule, accept no code twice and lose no push`, async (t) => {
    t.mock.method(console, "error", () => {});
    const { figures, events } = await soak(engine, { kills: KILLS });
    t.diagnostic(JSON.stringify(figures));
    for (const name of VIOLATIONS) assert.equal(figures[name], 0, `${name}: ${JSON.stringify(figures)}`);
    assert.equal(figures.kills, KILLS);
    for (const name of ["verified", "pushesAcknowledged", "rowsCompared"]) assert.ok(figures[name] > 0, name);
    // The same log breaks stricter rules: the comparison sees a text too many.
    const stricter = [{ limit: 1, windowSeconds: RULES.at(-1).windowSeconds }];
    assert.ok(verdictOf(events, stricter).rulesBroken > 0, "some number got two texts");
  });
}
