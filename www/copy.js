// Copies a text, and shows beside the button whether the browser allowed it.
import { fill, h } from "./element.js";
import { t } from "./language.js";

/**
 * A button that copies, and the element that shows the result.
 * @param {string} label
 * @param {() => string} text
 * @param {Element} said
 */
export function copyButton(label, text, said) {
  return h(
    "button",
    {
      class: "plain small",
      type: "button",
      onclick: async () => {
        try {
          await navigator.clipboard.writeText(text());
          fill(said, t("copy.copied"));
        } catch {
          fill(said, t("copy.failed"));
        }
      },
    },
    label,
  );
}
