// Compares a soak's log with the rules. It is written apart from the product: lists of events, and no windows that are
// kept up to date.
//
// The events: `ask`, then `answered` or `lost` (a request for a code), `text` (it reached the phone), `guess`, then
// `guessed` (a code that was entered), `push`, then `pushed` (a vendor's reports), `forwarded` (a record reached the
// user), `kill`, `quiet` (nothing that the killed process sent is under way any more), and at the end what the store
// says: `row` (the texts that a number used), `state` (of a challenge) and `delivery` (of its text).

/** Windows may end this much early, since a text arrives a little after the handler decided on it, in milliseconds. */
const TOLERANCE_MS = 10;

/**
 * The figures of a log: totals, and violations, which must be 0.
 * @param {any[]} events
 * @param {{ limit: number, windowSeconds: number }[]} rules The rules of a number.
 */
export function verdictOf(events, rules) {
  const log = index(events);
  return {
    kills: log.of("kill").length,
    texts: log.of("text").length,
    verified: verifiedOf(log).length,
    pushesAcknowledged: acknowledged(log).length,
    rowsCompared: log.of("row").length + log.of("state").length + log.of("delivery").length,
    rulesBroken: rules.reduce((sum, rule) => sum + brokenWindows(log, rule), 0),
    acceptedTwice: acceptedTwice(log),
    pushesLost: pushesLost(log),
    recordsWithTwoIds: recordsWithTwoIds(log),
    rowsWrong: rowsWrong(log),
  };
}

/** The names of the figures that must be 0. */
export const VIOLATIONS = ["rulesBroken", "acceptedTwice", "pushesLost", "recordsWithTwoIds", "rowsWrong"];

/** The events by their type; and by their type and the id that an event and its end share. */
function index(events) {
  const types = new Map();
  for (const event of events) {
    if (!types.has(event.type)) types.set(event.type, []);
    types.get(event.type).push(event);
  }
  const byId = (type) => new Map((types.get(type) ?? []).map((event) => [event.id, event]));
  return {
    of: (type) => types.get(type) ?? [],
    answered: byId("answered"),
    guessed: byId("guessed"),
    pushed: byId("pushed"),
  };
}

const grouped = (events, name) => Map.groupBy(events, (event) => event[name]);

/** The windows that certainly hold more texts than a rule allows, at every possible time of the decisions. */
function brokenWindows(log, { limit, windowSeconds }) {
  const asks = grouped(log.of("ask"), "phone");
  let broken = 0;
  for (const [phone, texts] of grouped(log.of("text"), "phone")) {
    const decided = decisions(log, asks.get(phone) ?? [], texts);
    for (let first = 0; first + limit < decided.length; first += 1) {
      const together = decided.slice(first, first + limit + 1);
      const from = Math.min(...together.map(({ earliest }) => earliest));
      const to = Math.max(...together.map(({ latest }) => latest));
      if (to - from < windowSeconds * 1000 - TOLERANCE_MS) broken += 1;
    }
  }
  return broken;
}

/** The time in which the handler decided on each text: after a request began that may have caused it. */
function decisions(log, asks, texts) {
  const causes = asks.map((ask) => ({ from: ask.at, until: causesUntil(log, ask, texts) }));
  return texts.map(({ at }) => {
    const begun = causes.filter(({ from, until }) => from <= at && at <= until).map(({ from }) => from);
    return { earliest: Math.min(at, ...begun), latest: at };
  });
}

/** The time after which a request causes no text. */
function causesUntil(log, ask, texts) {
  const answer = log.answered.get(ask.id);
  if (answer === undefined) {
    // The process was killed: what it had sent may still arrive.
    const quiet = log.of("quiet").find(({ process, at }) => process === ask.process && at >= ask.at);
    return quiet?.at ?? Number.POSITIVE_INFINITY;
  }
  // A network that delays a text may deliver it after the handler gave up waiting for the vendor.
  const arrived = answer.status === 202 && texts.find(({ at }) => at >= ask.at);
  return arrived ? Math.max(answer.at, arrived.at) : answer.at;
}

const verifiedOf = (log) => log.of("guess").filter(({ id }) => log.guessed.get(id)?.status === 200);

/**
 * The codes that were accepted again: under one challenge, or at one number without a text with this code after the
 * earlier acceptance began.
 */
function acceptedTwice(log) {
  const verified = verifiedOf(log);
  const twice = new Set();
  for (const [challenge, guesses] of grouped(verified, "challenge")) {
    for (const { id } of guesses.slice(1)) twice.add(`${challenge} ${id}`);
  }
  const texts = grouped(log.of("text"), "phone");
  for (const guesses of grouped(verified, "phone").values()) {
    for (const [index, guess] of guesses.entries()) {
      const earlier = guesses.slice(0, index).findLast(({ code }) => code === guess.code);
      const isAnew = (text) => text.code === guess.code && text.at >= earlier.at;
      if (earlier && !texts.get(guess.phone)?.some(isAnew)) twice.add(`${guess.challenge} ${guess.id}`);
    }
  }
  return twice.size;
}

/** The records of the pushes that were answered with 200. */
const acknowledged = (log) =>
  log
    .of("push")
    .filter(({ id }) => log.pushed.get(id)?.status === 200)
    .flatMap(({ records }) => records);

function pushesLost(log) {
  const forwarded = new Set(log.of("forwarded").map(({ record }) => record));
  return acknowledged(log).filter((record) => !forwarded.has(record)).length;
}

/** The user recognises a record that is forwarded again by its id. */
function recordsWithTwoIds(log) {
  const ids = (messages) => new Set(messages.map(({ message }) => message)).size;
  return [...grouped(log.of("forwarded"), "record").values()].filter((messages) => ids(messages) > 1).length;
}

/**
 * The rows that disagree with the log. A crash leaves a number counted too often, never too seldom: each text counts,
 * and nothing that was rejected. An accepted code is spent, and no other one is.
 */
function rowsWrong(log) {
  const texts = grouped(log.of("text"), "phone");
  const asks = grouped(log.of("ask"), "phone");
  let wrong = 0;
  for (const { phone, used } of log.of("row")) {
    const least = texts.get(phone)?.length ?? 0;
    const most = (asks.get(phone) ?? []).filter(({ id }) => log.answered.get(id)?.status !== 429).length;
    if (used < least || used > most) wrong += 1;
  }
  const guesses = grouped(log.of("guess"), "challenge");
  for (const { challenge, status } of log.of("state")) {
    const answers = (guesses.get(challenge) ?? []).map(({ id }) => log.guessed.get(id)?.status);
    const wasAccepted = answers.includes(200);
    // The store may have spent the code, and its answer was lost.
    const mayBe = wasAccepted || answers.includes(undefined) || answers.includes(503);
    if (wasAccepted && ["open", "spent"].includes(status)) wrong += 1;
    else if (status === "verified" && !mayBe) wrong += 1;
  }
  const reported = new Set(acknowledged(log));
  return (
    wrong + log.of("delivery").filter(({ record, delivery }) => reported.has(record) && delivery !== "delivered").length
  );
}
