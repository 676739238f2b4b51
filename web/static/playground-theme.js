// Light, dark, or as the system says; remembered in this browser.

import { word } from "./playground-words.js";

const STORED = "loopkeeper.theme";
const THEMES = ["auto", "light", "dark"];

const theme = () => localStorage.getItem(STORED) ?? "auto";

export function applyTheme() {
  if (theme() === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme();
}

export function labelTheme(button) {
  const label = word(`page.theme_${theme()}`);
  button.setAttribute("aria-label", label);
  button.title = label;
  button.dataset.theme = theme();
  button.querySelector("use").setAttribute("href", `#i-${theme()}`);
}

export function nextTheme(button) {
  localStorage.setItem(STORED, THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]);
  applyTheme();
  labelTheme(button);
}
