// Draws the warnings of a plan: those of the text below it, and those of the request beside that.
import { listRules } from "xinshi/rules";
import { h } from "../element.js";
import { current, number, says, t, wordFor } from "../language.js";

/** Whether a warning is about the request and not about its text. */
export const isOfRequest = ({ code }) => code === "plaintext_http";

export function drawWarning({ code, level, message, at }) {
  const place = at !== undefined && ` ${t("wire.at", { at: number(at + 1) })}`;
  const weight = level && h("b", {}, wordFor("wire.levels", level), " ");
  return h("p", {}, weight, h("code", {}, code), " ", wordsOf(code, message), place);
}

/** What a warning says: a rule has its own words in Chinese. */
function wordsOf(code, message) {
  if (says(`wire.warnings.${code}`)) return t(`wire.warnings.${code}`);
  const rule = current() === "zh" && listRules().find((rule) => rule.code === code);
  return rule ? rule.chinese : message;
}
