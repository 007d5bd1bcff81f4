// A marketing text as somebody writes it first, and mended step by step until no rule finds anything in it.

/** Each step mends what the step before was warned of. */
const STEPS = [
  "恭喜！加威信xinshi_vip领★红包，详见 t.cn/A6xYz",
  "【信使】恭喜！加威信xinshi_vip领★红包，详见 t.cn/A6xYz",
  "【信使】恭喜！会员领★红包，详见 t.cn/A6xYz",
  "【信使】恭喜！会员领红包，详见 t.cn/A6xYz",
  "【信使】恭喜！会员领红包，详见 https://www.xinshi.example/vip",
  "【信使】恭喜！会员领红包，详见 https://www.xinshi.example/vip ，回TD退订",
];

/**
 * The step behind a text; the first, where it is none of them or the last.
 * @param {string} text
 */
export const nextStep = (text) => STEPS[(STEPS.indexOf(text) + 1) % STEPS.length];

/** Whether a text is mended. @param {string} text */
export const isFixed = (text) => text === STEPS.at(-1);

/**
 * Ten o'clock of the next morning in Beijing, as a field of a form writes it, where marketing may not go now; else nothing.
 * @param {number} now
 */
export function nextMorning(now) {
  const hour = new Date(now + BEIJING_MS).getUTCHours();
  if (hour >= 8 && hour < 20) return "";
  const day = Math.floor((now + BEIJING_MS) / DAY_MS) + (hour >= 20 ? 1 : 0);
  const at = new Date(day * DAY_MS + 10 * HOUR_MS - BEIJING_MS);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BEIJING_MS = 8 * HOUR_MS;
