// Copies a text, and shows beside the button whether the browser allowed it.
import { fill, h } from "./element.js";
import { t } from "./language.js";

/**
 * A button that copies, and the element that shows the result.
 * @param {string} label
 * @param {() => string} text
 * @param {Element} status
 */
export function copyButton(label, text, status) {
  return h(
    "button",
    {
      class: "plain small",
      type: "button",
      onclick: async () => {
        try {
          await navigator.clipboard.writeText(text());
          fill(status, t("copy.copied"));
        } catch {
          fill(status, t("copy.failed"));
        }
      },
    },
    label,
  );
}
