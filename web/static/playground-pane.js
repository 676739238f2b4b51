// One of the three panes: whose conversation it is, its messages, its composer and its form.

import { el, paintAvatar, show } from "./playground-dom.js";
import { Composer } from "./playground-composer.js";
import { FormSheet } from "./playground-form.js";
import { Log } from "./playground-log.js";
import { zoneName } from "./playground-time.js";
import { word } from "./playground-words.js";

export class Pane {
  // `desk` does what a person does (act), remembers what was read (unread), and is told of sent texts (onSent).
  constructor(node, tab, desk) {
    this.node = node;
    this.tab = tab;
    this.desk = desk;
    this.part = node.dataset.part;
    this.place = null;
    this.person = null;
    this.picked = null;
    this.log = new Log(node.querySelector(".body"), { acts: this.acts(), onReachEnd: () => this.noteRead() });
    this.composer = new Composer(node.querySelector(".composer"), {
      send: (message) => desk.act("messages", message),
      onSent: () => {
        this.log.toEnd();
        desk.onSent(this.part);
      },
    });
    this.sheet = new FormSheet(node, { submit: (from, form, values) => desk.submitForm(from, form, values), refocus: () => this.refocus() });
    for (const sign of ["focusin", "pointerenter", "pointerdown"]) node.addEventListener(sign, () => this.noteRead());
  }

  acts() {
    return {
      press: (message, action) => this.desk.act("presses", { from: this.composer.from, message: message.id, action }),
      edit: (message, text) => this.desk.act("edits", { from: message.from, message: message.id, text }),
      reply: this.part === "channel" ? (message) => this.composer.replyTo(message) : null,
      refocus: () => this.refocus(),
    };
  }

  refocus() {
    this.composer.area.focus({ preventScroll: true });
  }

  render(state) {
    this.state = state;
    const place = this.part === "channel" ? this.chooseChannel() : this.choosePerson();
    show(this.node, place !== null);
    if (place === null) return;
    if (place !== this.place) this.log.clear();
    this.place = place;
    this.renderHead();
    this.composer.open(place, this.person ? [this.person] : state.people);
    const messages = state.places[place] ?? [];
    this.log.render(messages);
    this.renderEmpty(messages.length === 0);
    this.sheet.render(this.person ? state.forms.filter((form) => form.for === this.person.id) : [], this.person);
    if (this.isBeingRead()) this.desk.unread.delete(place);
    this.renderUnread();
  }

  chooseChannel() {
    this.log.box.setAttribute("aria-label", word("pane.channel_log", { name: this.state.channel.name }));
    return `channel:${this.state.channel.id}`;
  }

  choosePerson() {
    const people = this.people();
    this.person = people.find((person) => person.id === this.picked) ?? people[0] ?? null;
    if (this.person === null) return null;
    this.log.box.setAttribute("aria-label", word("pane.dm", { name: this.person.name }));
    return `dm:${this.person.id}`;
  }

  people() {
    return this.state.people.filter((person) => person.part === this.part);
  }

  pick(id) {
    this.picked = id;
    this.desk.rerender();
  }

  renderHead() {
    const name = this.person?.name ?? this.state.channel.name;
    paintAvatar(this.node.querySelector(".pane-head .avatar"), { id: this.person?.id ?? name, name, sign: this.person ? null : "hash" });
    this.node.setAttribute("aria-label", `${word(`pane.${this.part}`)}: ${name}`);
    this.node.querySelector(".who p").textContent = this.subtitle();
    this.tab.querySelector(".tab-name").textContent = name;
    const people = this.person ? this.people() : [];
    if (people.length > 1) this.renderPicker(people);
    else this.node.querySelector(".who h2").replaceChildren(name);
  }

  subtitle() {
    if (!this.person) return `${word("pane.channel")} · ${word("pane.members", { count: this.state.channel.members })}`;
    return `${word(`pane.${this.part}`)} · ${zoneName(this.person.time_zone, this.state.now)}`;
  }

  renderPicker(people) {
    const label = word(`pane.choose_${this.part}`);
    const options = people.map((person) => {
      const news = person.id !== this.person.id && this.desk.unread.has(`dm:${person.id}`);
      return { id: person.id, text: news ? `${person.name} (${word("pane.unread")})` : person.name };
    });
    const seen = JSON.stringify([label, options]);
    const heading = this.node.querySelector(".who h2");
    this.picker ??= el("select", { "data-testid": `person-${this.part}`, onchange: () => this.pick(this.picker.value) });
    if (this.picker.dataset.seen !== seen) {
      this.picker.dataset.seen = seen;
      this.picker.setAttribute("aria-label", label);
      this.picker.replaceChildren(...options.map(({ id, text }) => el("option", { value: id }, text)));
    }
    this.picker.value = this.person.id;
    if (!heading.contains(this.picker)) heading.replaceChildren(this.picker);
  }

  renderEmpty(empty) {
    const node = this.node.querySelector(".empty");
    node.textContent = word(this.part === "channel" ? "pane.empty_channel" : "pane.empty_dm");
    show(node, empty);
  }

  // Read means: the newest message is in view and the reader is busy with this pane.
  isBeingRead() {
    const attended = this.node.contains(document.activeElement) || this.node.matches(":hover");
    return attended && this.log.following && !document.hidden;
  }

  noteRead() {
    if (!this.state || !this.log.following || !this.desk.unread.delete(this.place)) return;
    this.renderUnread();
  }

  renderUnread() {
    const here = this.desk.unread.has(this.place);
    const others = this.person ? this.people().filter((person) => this.desk.unread.has(`dm:${person.id}`)) : [];
    show(this.node.querySelector(".pane-head .dot"), here);
    this.node.querySelector(".who h2").classList.toggle("news", others.some((person) => person !== this.person));
    show(this.tab.querySelector(".dot"), here || others.length > 0);
  }
}
