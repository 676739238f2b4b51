// Where a person types. What was typed stays, per conversation, until the server said it has it.

import { el, growToText, isBusy, isComposing, isPlainEnter, setBusy, show, tell } from "./playground-dom.js";
import { word } from "./playground-words.js";

export class Composer {
  // send({from, text, thread_of}) answers whether the server took it; onSent(text) is told afterwards.
  constructor(form, { send, onSent }) {
    this.form = form;
    this.area = form.querySelector("textarea");
    this.button = form.querySelector(".send");
    this.problem = form.querySelector(".problem");
    this.threadLine = form.querySelector(".thread");
    this.speaker = form.querySelector(".speaker select");
    this.sendIt = send;
    this.onSent = onSent;
    this.drafts = new Map();
    this.place = null;
    this.from = null;
    this.listen();
  }

  listen() {
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.area.addEventListener("input", () => this.refresh());
    this.area.addEventListener("keydown", (event) => this.onKey(event));
    this.threadLine.querySelector("button").addEventListener("click", () => this.replyTo(null));
    this.speaker?.addEventListener("change", () => this.speakAs(this.speaker.value));
  }

  // The speakers are the one person of a direct conversation, or everybody in the channel.
  open(place, speakers) {
    if (place !== this.place) this.swapDraft(place);
    this.people = speakers;
    const current = speakers.find((person) => person.id === this.from) ?? speakers[0];
    this.fillSpeakers(speakers);
    this.speakAs(current.id);
  }

  swapDraft(place) {
    if (this.place !== null) this.drafts.set(this.place, { text: this.area.value, thread: this.thread });
    const draft = this.drafts.get(place) ?? { text: "", thread: null };
    this.place = place;
    this.area.value = draft.text;
    tell(this.problem, "");
    this.replyTo(draft.thread, { focus: false });
    this.refresh();
  }

  fillSpeakers(speakers) {
    if (!this.speaker) return;
    const ids = speakers.map((person) => person.id).join();
    if (this.speaker.dataset.ids === ids) return;
    this.speaker.dataset.ids = ids;
    this.speaker.replaceChildren(...speakers.map((person) => el("option", { value: person.id }, person.name)));
  }

  speakAs(id) {
    this.from = id;
    const { name } = this.people.find((person) => person.id === id);
    if (this.speaker) this.speaker.value = id;
    this.area.placeholder = word("composer.placeholder", { name });
    this.area.setAttribute("aria-label", word("composer.label", { name }));
  }

  replyTo(message, { focus = true } = {}) {
    this.thread = message;
    show(this.threadLine, message !== null);
    if (message) this.threadLine.querySelector("span").textContent = word("composer.replying", { name: message.name });
    if (focus) this.area.focus();
  }

  // A suggestion never overwrites what the person typed; it goes below it.
  suggest(text, suggestions) {
    const typed = this.area.value;
    const replace = typed.trim() === "" || suggestions.includes(typed);
    this.area.value = replace ? text : `${typed}\n${text}`;
    this.area.focus();
    this.area.setSelectionRange(this.area.value.length, this.area.value.length);
    this.refresh();
  }

  refresh() {
    growToText(this.area);
    this.button.classList.toggle("ready", this.area.value.trim() !== "");
  }

  onKey(event) {
    if (isPlainEnter(event)) this.submit(event);
    if (event.key !== "Escape" || isComposing(event)) return;
    if (this.thread) this.replyTo(null);
    else this.area.blur();
  }

  async submit(event) {
    event.preventDefault();
    const { place, from, thread } = this;
    const text = this.area.value;
    if (isBusy(this.button) || text.trim() === "") return;
    this.setSending(true);
    const ok = await this.sendIt({ from, place, text, thread_of: thread?.id ?? null });
    this.setSending(false);
    if (ok) this.accepted(place, text);
    else if (place === this.place) tell(this.problem, word("composer.failed"));
  }

  accepted(place, text) {
    if (place === this.place) {
      this.area.value = "";
      this.replyTo(null, { focus: false });
      this.refresh();
    } else this.drafts.delete(place);
    this.onSent(text);
  }

  setSending(sending) {
    setBusy(this.button, sending);
    this.area.readOnly = sending;
    this.button.setAttribute("aria-label", word(sending ? "composer.sending" : "composer.send"));
    if (sending) tell(this.problem, "");
  }
}
