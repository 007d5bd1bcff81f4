// Light, dark, or the system's theme; the choice is stored.
const STORAGE_KEY = "xinshi-theme";
const THEMES = /** @type {const} */ (["auto", "light", "dark"]);

let chosen = remembered();

/** `auto`, `light` or `dark`. */
export const theme = () => chosen;

export function nextTheme() {
  chosen = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length] ?? "auto";
  applyTheme();
  try {
    localStorage.setItem(STORAGE_KEY, chosen);
  } catch {
    // A browser may forbid a page to store anything.
  }
}

export function applyTheme() {
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

function remembered() {
  try {
    return THEMES.find((one) => one === localStorage.getItem(STORAGE_KEY)) ?? "auto";
  } catch {
    return "auto";
  }
}
