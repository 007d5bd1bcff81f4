// The view of sending: a text goes by another vendor only where certainly none was sent, receipts change the handler's
// state, and each of a thousand recipients has an outcome.
import assert from "node:assert/strict";
import { en } from "../../../www/words/en.js";
import { zh } from "../../../www/words/zh.js";
import { filled } from "./opened.mjs";

export async function sendingFlow(opened) {
  await opened.go("sending");
  await opened.page.waitForSelector(".sending-view");
  await failoverFlow(opened);
  await receiptsFlow(opened);
  await bulkFlow(opened);
}

async function failoverFlow({ page, words }) {
  const { once, maybe, maybeArrived } = words.sending.failover;
  const byOther = filled(once, { count: "1", vendor: "binstd" });
  const byFirst = filled(once, { count: "1", vendor: "smsadmin" });
  const arrived = async () => page.$eval('[aria-labelledby="failover"] .answer', ({ textContent }) => textContent);
  for (const [fault, statuses, sentence] of [
    ["reject", ["rejected", "accepted", "untried"], byOther],
    // Whether a vendor acted before it cut the connection, nobody knows: no other vendor is asked.
    ["reset", ["unknown", "untried", "untried"], maybe],
    ["garbage", ["unknown", "untried", "untried"], maybe],
    ["accept_then_reset", ["unknown", "untried", "untried"], maybeArrived],
    ["timeout", ["unknown", "untried", "untried"], maybe],
    ["none", ["accepted", "untried", "untried"], byFirst],
  ]) {
    await page.select("#failover-fault", fault);
    await page.$eval('[aria-labelledby="failover"] .primary', (button) => button.click());
    await page.waitForFunction(
      (sentence) => document.querySelector('[aria-labelledby="failover"] .answer').textContent === sentence,
      { timeout: 20_000 },
      sentence,
    );
    const shown = await page.$$eval(".attempt", (all) => all.map(({ dataset }) => dataset.status));
    assert.deepEqual(shown, statuses, `${fault}: ${await arrived()}`);
  }
}

async function receiptsFlow(opened) {
  const { page, words } = opened;
  await page.click('[aria-labelledby="receipts"] .primary');
  const states = {
    delivered: words.route.delivery.delivered,
    failed: `${words.route.delivery.failed} · ${words.operations.reasons["no-such-number"]}`,
    replied: words.sending.receipts.states.replied,
    optedOut: words.sending.receipts.states.optedOut,
  };
  for (const [fate, state] of Object.entries(states)) await opened.says(`[data-fate="${fate}"] .state`, state);
  assert.match(await opened.text('[data-fate="failed"] .pushed'), /Class=rpt&Report=MK%3A0001/);
  assert.match(await opened.text('[data-fate="optedOut"] .pushed'), /Class=mo&Message=TD/);
  assert.match(await opened.text('[data-fate="replied"] td:nth-child(3)'), /谢谢/);
  // What came is told in the language that the page is switched to.
  const other = words === zh ? en : zh;
  await page.click("[data-language-switch]");
  const { delivery } = other.route;
  await opened.says(
    '[data-fate="failed"] .state',
    `${delivery.failed} · ${other.operations.reasons["no-such-number"]}`,
  );
  await opened.says('[data-fate="failed"] td:nth-child(3)', new RegExp(`^${delivery.failed} · MK:0001`));
  await opened.says('[data-fate="replied"] .state', other.sending.receipts.states.replied);
  await page.click("[data-language-switch]");
  await opened.says('[data-fate="replied"] .state', states.replied);
}

async function bulkFlow(opened) {
  const { page } = opened;
  // Each change is noted in the page itself: a busy machine may draw none between the first and the last.
  await page.evaluate(() => {
    const bulk = document.querySelector('[aria-labelledby="bulk"]');
    globalThis.bulkValues = [];
    const note = () => globalThis.bulkValues.push(bulk.querySelector("progress")?.value ?? 0);
    new MutationObserver(note).observe(bulk, { attributes: true, childList: true, subtree: true });
  });
  await page.click('[aria-labelledby="bulk"] .primary');
  await page.waitForSelector('[aria-labelledby="bulk"] details', { timeout: 60_000 });
  // It was on its way, and its end is the sum of the outcomes.
  const values = await page.evaluate(() => globalThis.bulkValues);
  assert.ok(
    values.some((value) => value > 0 && value < 1000),
    `${values}`,
  );
  const sum = (status) =>
    page.$eval(`[data-sum="${status}"] dd`, ({ textContent }) => Number(textContent.replace(/\D/g, "")));
  const [accepted, taken, rejected, unknown, waiting] = await Promise.all(
    ["accepted", "taken", "rejected", "unknown", "waiting"].map(sum),
  );
  // Twelve numbers are wrong, seven requests are rejected and four have no readable reply.
  assert.deepEqual([taken, rejected, unknown, waiting], [7, 12, 4, 0]);
  assert.equal(accepted, 1000 - 7 - 12 - 4);
  const cells = await page.$$eval(".recipients i", (all) => all.map(({ className }) => className));
  assert.equal(cells.filter((status) => status === "accepted").length, accepted);
  assert.equal((await page.$$(".rest tr")).length, rejected + unknown);
  await page.focus(".recipients");
  await page.keyboard.press("Home");
  await opened.says('[aria-labelledby="bulk"] .readout', /138\d{8} · /);
}
