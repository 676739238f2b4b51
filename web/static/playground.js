// The playground page: fetches the state, hands it to the panes, the clock and the guide, and passes on what people do.

import { Clock } from "./playground-clock.js";
import { tell } from "./playground-dom.js";
import { Guide } from "./playground-guide.js";
import { Pane } from "./playground-pane.js";
import { fetchState, listen, post } from "./playground-server.js";
import { applyTheme, labelTheme, nextTheme } from "./playground-theme.js";
import { chooseLanguage, currentLanguage, languages, word } from "./playground-words.js";

const LANGUAGE = "loopkeeper.language";
const SETTLE = 50;
const RETRY = 1500;

const find = (selector) => document.querySelector(selector);
const notice = find("#notice");
const theme = find("#theme");

let state = null;
let asked = 0;
let timer = null;
let connected = true;

// Messages not yet looked at, by place; and everything ever seen, so that an update tells new from changed.
const unread = new Set();
const seen = new Map();

const desk = {
  unread,
  act: async (path, body) => {
    const { ok } = await post(path, body);
    if (ok) await refresh();
    return ok;
  },
  submitForm: async (from, form, values) => {
    const answer = await post("forms", { from, form, values });
    if (answer.ok) await refresh();
    return answer;
  },
  onSent: (part) => guide.happened(part),
  rerender: () => render(),
};

const panes = Object.fromEntries(
  ["employee", "manager", "channel"].map((part) => [part, new Pane(find(`#pane-${part}`), find(`[data-tab=${part}]`), desk)]),
);

const clock = new Clock(find("#clock"), {
  move: async (to) => {
    const { ok } = await post("clock", { to, cast: currentLanguage() });
    if (ok) await refresh();
    if (ok) guide.happened("clock", to);
    return ok;
  },
});

const guide = new Guide(find("#guide"), find(".guide-toggle"), {
  personFor: (step) => (step.who in panes ? personOf(step) ?? state.channel : null),
  use: (step) => (step.who === "clock" ? clock.press(step.do) : suggest(step)),
});

// The steps are written for the first person of each part, or for the one they name.
function personOf(step) {
  const people = panes[step.who].people();
  return people.find((person) => person.id === step.person) ?? people[0];
}

function suggest(step) {
  const pane = panes[step.who];
  openTab(step.who);
  if (pane.person) pane.pick(step.person ?? pane.people()[0].id);
  pane.composer.suggest(step.say, guide.texts());
}

async function refresh() {
  asked += 1;
  const mine = asked;
  const next = await fetchState(currentLanguage()).catch(() => null);
  if (mine !== asked) return; // a later question is on its way
  if (next === null) {
    tellConnection();
    refreshSoon(RETRY);
    return;
  }
  state = next;
  noteNews();
  render();
  tellConnection();
}

function refreshSoon(delay = SETTLE) {
  clearTimeout(timer);
  timer = setTimeout(refresh, delay);
}

function noteNews() {
  for (const [place, messages] of Object.entries(state.places)) {
    const before = seen.get(place);
    const isNews = ({ id, from }) => !before.has(id) && (from === "bot" || place !== `dm:${from}`);
    if (before && messages.some(isNews)) unread.add(place);
    seen.set(place, new Set(messages.map(({ id }) => id)));
  }
}

function render() {
  if (!state) return;
  for (const pane of Object.values(panes)) pane.render(state);
  clock.render(state, panes.employee.person, panes.manager.person);
  guide.render();
}

function tellConnection() {
  tell(notice, connected ? (state ? "" : word("page.loading")) : word("page.reconnecting"));
}

function openTab(part) {
  for (const button of document.querySelectorAll("[data-tab]")) button.setAttribute("aria-current", String(button.dataset.tab === part));
  for (const pane of Object.values(panes)) pane.node.classList.toggle("open", pane.part === part);
  panes[part].composer.refresh();
  panes[part].noteRead();
}

async function setLanguage(language) {
  localStorage.setItem(LANGUAGE, language);
  chooseLanguage(language);
  labelTheme(theme);
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === currentLanguage()));
  tellConnection();
  await refresh();
}

function firstLanguage() {
  const stored = localStorage.getItem(LANGUAGE);
  return languages().includes(stored) ? stored : document.documentElement.lang.slice(0, 2);
}

function start() {
  applyTheme();
  theme.addEventListener("click", () => nextTheme(theme));
  for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => setLanguage(button.dataset.language));
  for (const button of document.querySelectorAll("[data-tab]")) button.addEventListener("click", () => openTab(button.dataset.tab));
  addEventListener("resize", () => Object.values(panes).forEach((pane) => pane.composer.refresh()));
  openTab("employee");
  setLanguage(firstLanguage()).finally(() => document.documentElement.classList.add("ready"));
  listen({
    onVersion: (version) => version === state?.version || refreshSoon(),
    onConnection: (up) => {
      const back = up && !connected;
      connected = up;
      tellConnection();
      if (back) refreshSoon(); // what happened meanwhile
    },
  });
}

start();
