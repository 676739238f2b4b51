// One message: built once, then patched in place so that focus, selection and a running edit survive every update.

import { arrange, avatar, el, growToText, icon, isBusy, isComposing, isPlainEnter, setBusy, show, tell } from "./playground-dom.js";
import { timeWithZone } from "./playground-time.js";
import { word } from "./playground-words.js";

const BOT = "bot";

// `acts` is what a reader can do here: press(message, action), edit(message, text), reply(message) or null.
export class Message {
  constructor(acts) {
    this.acts = acts;
    this.seen = "";
    this.buttons = new Map();
    this.replies = new Map();
    this.build();
  }

  build() {
    this.meta = el("p", { class: "meta" });
    this.face = el("span", { class: "face" });
    this.bubble = el("div", { class: "bubble", dir: "auto" });
    this.tools = el("div", { class: "tools" });
    this.line = el("div", { class: "line" }, this.bubble, this.tools);
    this.tags = el("p", { class: "tags" });
    this.actions = el("div", { class: "actions" });
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
    this.thread = el("ol", { class: "replies", hidden: true });
    this.article = el("article", {}, this.meta, this.line, this.tags, this.actions, this.problem);
    this.node = el("li", { class: "message" }, this.face, this.article, this.thread);
  }

  update(message, { first }) {
    this.node.classList.toggle("first", first);
    const seen = JSON.stringify(message);
    if (seen === this.seen) return;
    this.seen = seen;
    this.message = message;
    this.node.dataset.messageId = message.id;
    this.node.classList.toggle("from-bot", message.from === BOT);
    this.node.classList.toggle("mine", message.mine === true);
    this.article.setAttribute("aria-label", word("message.said_at", { name: message.name, time: timeWithZone(message.at) }));
    this.face.replaceChildren(avatar({ id: message.from, name: message.name, sign: message.from === BOT ? "loop" : null }));
    this.meta.replaceChildren(...metaOf(message));
    const picture = message.picture ? [el("img", { class: "picture", ...message.picture })] : [];
    const file = message.file ? [el("br"), el("a", { class: "file", ...message.file }, message.file.download)] : [];
    this.bubble.replaceChildren(...picture, ...message.nodes.map(nodeOf), ...file);
    this.tags.replaceChildren(...tagsOf(message));
    this.updateActions(message);
    this.updateTools(message);
  }

  updateActions(message) {
    const hadFocus = this.actions.contains(document.activeElement);
    const wanted = new Map(message.buttons.map((button) => [button.action, button]));
    for (const action of this.buttons.keys()) if (!wanted.has(action)) this.buttons.delete(action);
    for (const [action, { label, style }] of wanted) {
      const button = this.buttons.get(action) ?? this.addButton(action);
      button.querySelector("span").textContent = label;
      button.className = `act ${style ?? ""}`;
      setBusy(button, false);
    }
    arrange(this.actions, [...wanted.keys()].map((action) => this.buttons.get(action)));
    // A pressed button that went away would drop the keyboard user to the top of the page.
    if (hadFocus && !this.actions.contains(document.activeElement)) this.acts.refocus();
  }

  addButton(action) {
    const button = el("button", { type: "button", "data-action": action, onclick: () => this.press(button) }, el("span"));
    this.buttons.set(action, button);
    return button;
  }

  async press(button) {
    if (isBusy(button)) return;
    tell(this.problem, "");
    setBusy(button, true);
    button.title = word("message.pending");
    const ok = await this.acts.press(this.message, button.dataset.action);
    setBusy(button, false);
    button.removeAttribute("title");
    if (!ok) tell(this.problem, word("message.press_failed"));
  }

  updateTools(message) {
    const tools = [];
    if (message.from !== BOT) tools.push(this.tool("edit", word("message.edit_label"), () => this.startEdit()));
    if (this.acts.reply && message.thread_of === null) {
      tools.push(this.tool("reply", word("message.reply_label", { name: message.name }), () => this.acts.reply(this.message)));
    }
    if (this.tools.contains(document.activeElement)) return;
    this.tools.replaceChildren(...tools);
  }

  tool(name, label, onclick) {
    return el("button", { type: "button", class: "tool", "data-tool": name, "aria-label": label, title: label, onclick }, icon(name));
  }

  startEdit() {
    if (this.editor) return;
    this.editor = new Editor(plain(this.message.nodes), {
      save: (text) => this.acts.edit(this.message, text),
      done: () => this.endEdit(),
    });
    this.line.hidden = true;
    this.line.after(this.editor.node);
    this.editor.focus();
  }

  endEdit() {
    this.editor.node.remove();
    this.editor = null;
    this.line.hidden = false;
    this.tools.querySelector("[data-tool=edit]")?.focus();
  }
}

class Editor {
  constructor(text, { save, done }) {
    this.save = save;
    this.done = done;
    this.area = el("textarea", { rows: "1", "aria-label": word("message.edit_label"), oninput: () => growToText(this.area), onkeydown: (event) => this.onKey(event) });
    this.area.value = text;
    this.saveButton = el("button", { type: "submit", class: "act primary" }, el("span", {}, word("message.save")));
    const cancel = el("button", { type: "button", class: "act", onclick: done }, word("message.cancel"));
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
    this.node = el("form", { class: "editor", novalidate: true, onsubmit: (event) => this.submit(event) }, this.area, el("div", { class: "actions" }, this.saveButton, cancel), this.problem);
  }

  focus() {
    growToText(this.area);
    this.area.focus();
    this.area.setSelectionRange(this.area.value.length, this.area.value.length);
    this.node.scrollIntoView({ block: "nearest" });
  }

  onKey(event) {
    if (isPlainEnter(event)) this.submit(event);
    if (event.key === "Escape" && !isComposing(event)) this.done();
  }

  async submit(event) {
    event.preventDefault();
    const text = this.area.value;
    if (isBusy(this.saveButton) || text.trim() === "") return;
    setBusy(this.saveButton, true);
    tell(this.problem, "");
    const ok = await this.save(text);
    setBusy(this.saveButton, false);
    if (ok) this.done();
    else tell(this.problem, word("message.edit_failed"));
  }
}

function metaOf(message) {
  const badge = message.from === BOT ? el("span", { class: "badge" }, word("message.bot")) : null;
  return [el("span", { class: "name" }, message.name), badge, el("time", { datetime: message.at }, timeWithZone(message.at))].filter((part) => part !== null);
}

function tagsOf(message) {
  const tags = ["edited", "late"].filter((tag) => message[tag]);
  return tags.map((tag) => el("span", { class: tag }, word(`message.${tag}`)));
}

const isWebAddress = (href) => /^https?:\/\//iu.test(href);

function nodeOf(node) {
  if (node.t === "text") return document.createTextNode(node.v);
  if (node.t === "br") return el("br");
  if (node.t === "at") return el("span", { class: "mention" }, `@${node.v}`);
  const children = node.c.map(nodeOf);
  if (node.t === "a" && isWebAddress(node.href)) return el("a", { href: node.href, target: "_blank", rel: "noopener noreferrer" }, ...children);
  return el({ b: "strong", i: "em" }[node.t] ?? "span", {}, ...children);
}

export function plain(nodes) {
  return nodes.map((node) => ({ text: () => node.v, br: () => "\n", at: () => `@${node.v}` })[node.t]?.() ?? plain(node.c)).join("");
}

export function setReplies(item, nodes) {
  arrange(item.thread, nodes);
  item.thread.setAttribute("aria-label", word("message.replies"));
  show(item.thread, nodes.length > 0);
}
