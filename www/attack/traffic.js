// Generates traffic of some days from a seed: the same each time, so that other rules decide the same requests.

/**
 * @typedef {{ at: number, phone: string, address: string, who: "bot" | "person" | "owner" }} Request `owner` is the
 * person whose number is bombed and who also signs in.
 * @typedef {{ kind: "botnet" | "spray" | "pump", requests: number, days: number }} Plan
 */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** People who sign in on a day, beside the attack. */
const PEOPLE_A_DAY = 160;
/** Sign-ins a day of the owner of a bombed number. */
const OWNER_A_DAY = 4;

/** The number that a botnet bombs. */
export const VICTIM = "13800138000";

/**
 * @param {Plan} plan
 * @param {number} begin In milliseconds since the Unix epoch.
 * @returns {Request[]} In the order of time.
 */
export function trafficOf({ kind, requests, days }, begin) {
  const random = randomFrom(20_261_121);
  const whole = (below) => Math.floor(random() * below);
  const address = (net, count) => {
    const host = whole(count);
    return `${net}.${host >> 8}.${host & 255}`;
  };
  const bots = {
    botnet: () => ({ phone: VICTIM, address: address("10.1", 600) }),
    spray: () => ({ phone: `136${digits(whole(1e8), 8)}`, address: address("10.2", 24) }),
    pump: () => ({ phone: `1700013${digits(whole(1e4), 4)}`, address: address("10.3", 4000) }),
  };
  const all = [];
  for (let index = 0; index < requests; index += 1) {
    all.push({ at: begin + attackTime(random, days), ...bots[kind](), who: "bot" });
  }
  for (let day = 0; day < days; day += 1) {
    for (let index = 0; index < PEOPLE_A_DAY; index += 1) {
      // The same people come back on another day, from the same addresses.
      const person = whole(PEOPLE_A_DAY * 2);
      const own = { phone: `159${digits(person * 7919, 8)}`, address: `10.9.${person >> 8}.${person & 255}` };
      all.push({ at: begin + day * DAY + personTime(random), ...own, who: "person" });
    }
    for (let index = 0; index < OWNER_A_DAY && kind === "botnet"; index += 1) {
      all.push({ at: begin + day * DAY + personTime(random), phone: VICTIM, address: "10.8.0.1", who: "owner" });
    }
  }
  return all.sort((a, b) => a.at - b.at);
}

/** The time of an attack's request: most fall into a few hours, some are spread over the day. */
function attackTime(random, days) {
  if (random() < 0.25) return random() * days * DAY;
  const day = Math.floor(random() * days);
  const peakHour = [3, 11, 20][Math.floor(random() * 3)] ?? 3;
  return Math.min(days * DAY - 1, day * DAY + (peakHour + 3.5 * random() * random()) * HOUR);
}

/** The time of a person's request: between seven and midnight, mostly in the evening. */
const personTime = (random) => (7 + 17 * Math.sqrt(random())) * HOUR - 1;

const digits = (value, length) => String(value % 10 ** length).padStart(length, "0");

/** A generator of numbers from 0 to 1 with a fixed sequence for each seed: mulberry32. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
