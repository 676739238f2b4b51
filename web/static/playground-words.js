// The page's own words, in the language the reader chose.

const ALL = JSON.parse(document.getElementById("words").textContent);
const TAGS = { zh: "zh-CN", en: "en-GB" };

let language = "en";

export const languages = () => Object.keys(ALL);
export const currentLanguage = () => language;
export const tag = () => TAGS[language];
export const steps = () => ALL[language].steps;

export function chooseLanguage(next) {
  language = next in ALL ? next : "en";
  document.documentElement.lang = TAGS[language];
  document.title = word("page.title");
  localize(document);
}

export function word(path, slots = {}) {
  const text = path.split(".").reduce((table, key) => table[key], ALL[language]);
  return text.replace(/\{(\w+)\}/gu, (_, slot) => slots[slot]);
}

function localize(root) {
  for (const node of root.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of root.querySelectorAll("[data-word-label]")) {
    node.setAttribute("aria-label", word(node.dataset.wordLabel));
    if (node.matches("button")) node.title = word(node.dataset.wordLabel);
  }
}
