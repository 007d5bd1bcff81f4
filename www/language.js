// The page's two languages.
import { en } from "./words/en.js";
import { zh } from "./words/zh.js";

const STORAGE_KEY = "xinshi-language";
const words = { zh, en };

let language = remembered() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

/** `zh` or `en`. */
export const current = () => language;

/** The language tag, for `lang` and for `Intl`. */
export const tag = () => (language === "zh" ? "zh-CN" : "en");

/** Changes the language, and stores the choice. */
export function setLanguage(chosen) {
  language = chosen;
  try {
    localStorage.setItem(STORAGE_KEY, chosen);
  } catch {
    // A browser may forbid a page to store anything.
  }
}

/**
 * The words under a name: `t("phone.send")`. `{name}` in them stands for a value.
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 */
export function t(name, values = {}) {
  const text = name.split(".").reduce((inner, part) => inner?.[part], /** @type {any} */ (words[language]));
  if (typeof text !== "string") throw new Error(`nothing is said under ${name}`);
  return text.replace(/\{(\w+)\}/g, (_, value) => String(values[value]));
}

/** Whether the language has words under a name. */
export const says = (name) =>
  typeof name.split(".").reduce((inner, part) => inner?.[part], /** @type {any} */ (words[language])) === "string";

/**
 * The words for a name of another component, or the name itself if there are none: `wordFor("wire.status",
 * "accepted")`.
 */
export const wordFor = (path, name) => (says(`${path}.${name}`) ? t(`${path}.${name}`) : name);

/** A number in the language's format. */
export const number = (value, options) => new Intl.NumberFormat(tag(), options).format(value);

/**
 * A time of day.
 * @param {number} at
 * @param {Intl.DateTimeFormatOptions} [options]
 */
export const clock = (at, options = { hour: "2-digit", minute: "2-digit" }) =>
  new Intl.DateTimeFormat(tag(), { hourCycle: "h23", ...options }).format(at);

/** A span of seconds in words: `43 秒`, `2 h 5 min`, with its two largest units. */
export function span(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  /** @type {[unit: string, count: number][]} */
  const all = [
    ["day", Math.floor(whole / 86400)],
    ["hour", Math.floor((whole % 86400) / 3600)],
    ["minute", Math.floor((whole % 3600) / 60)],
    ["second", whole % 60],
  ];
  const parts = all.filter(([, count]) => count > 0);
  if (parts.length === 0) parts.push(["second", 0]);
  return parts
    .slice(0, 2)
    .map(([unit, count]) => t(`units.${unit}`, { count }))
    .join(t("units.between"));
}

function remembered() {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return stored === "zh" || stored === "en" ? stored : undefined;
  } catch {
    return undefined;
  }
}
