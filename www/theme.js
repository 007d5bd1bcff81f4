// Light, dark, or as the system has it: what was chosen is remembered.
const KEPT = "xinshi-theme";
const THEMES = /** @type {const} */ (["auto", "light", "dark"]);

let chosen = remembered();

/** `auto`, `light` or `dark`. */
export const theme = () => chosen;

export function nextTheme() {
  chosen = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length] ?? "auto";
  applyTheme();
  try {
    localStorage.setItem(KEPT, chosen);
  } catch {
    // A page may be forbidden to keep anything.
  }
}

export function applyTheme() {
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

function remembered() {
  try {
    return THEMES.find((one) => one === localStorage.getItem(KEPT)) ?? "auto";
  } catch {
    return "auto";
  }
}
