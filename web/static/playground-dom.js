// Small helpers to build elements. Text only ever goes in as text nodes, so nothing a person types can become markup.

const SVG = "http://www.w3.org/2000/svg";
const HUES = 6;

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

// Chinese names are known by their last two characters, others by first letters.
function initials(name) {
  const short = name.trim();
  if (/\p{Script=Han}/u.test(short)) return [...short].slice(-2).join("");
  const words = short.split(/\s+/u);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...word][0] ?? "").join("").toUpperCase();
}

// Colours go round in the order people turn up, so the few people on one page never look alike.
const faces = new Map();

function hue(id) {
  if (!faces.has(id)) faces.set(id, faces.size % HUES);
  return faces.get(id);
}

export function paintAvatar(node, { id, name, sign }) {
  node.className = "avatar";
  node.dataset.hue = sign ? sign : hue(id);
  node.replaceChildren(sign ? icon(sign) : initials(name));
}

export function avatar(who) {
  const node = el("span", { "aria-hidden": "true" });
  paintAvatar(node, who);
  return node;
}

// A busy control stays focusable: `disabled` would throw the keyboard user back to the top of the page.
export function setBusy(control, busy) {
  if (busy) control.setAttribute("aria-disabled", "true");
  else control.removeAttribute("aria-disabled");
  control.classList.toggle("busy", busy);
}

export const isBusy = (control) => control.getAttribute("aria-disabled") === "true";

export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

export function tell(node, text) {
  if (node.textContent !== text) node.textContent = text;
  show(node, text !== "");
}

// Puts the nodes in order and moves only those out of place: a moved node would lose focus and selection.
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let cursor = parent.firstElementChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
}

// Enter must not send while an input method is still choosing characters; 229 is what Safari reports there.
export function isPlainEnter(event) {
  return event.key === "Enter" && !event.shiftKey && !isComposing(event);
}

export const isComposing = (event) => event.isComposing || event.keyCode === 229;

export function growToText(area) {
  area.style.height = "auto";
  if (area.scrollHeight === 0) return; // not shown, so nothing can be measured
  area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
}
