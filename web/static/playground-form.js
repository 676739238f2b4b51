// A form the bot opened, as a sheet over the pane of the person it is for. The other panes stay usable.

import { avatar, el, icon, isBusy, isComposing, setBusy, tell } from "./playground-dom.js";
import { word } from "./playground-words.js";

const CLOSED = "loopkeeper.closed-forms";
const FEW = 5;

// What was typed, kept until it is sent. Opening the same form again gives it a new id, so what it asks is its name here.
const drafts = new Map();
const draftKey = (form) => JSON.stringify([form.for, form.title, form.fields.map((field) => field.label)]);

const closed = new Set(JSON.parse(sessionStorage.getItem(CLOSED) ?? "[]"));

function rememberClosed(id) {
  closed.add(id);
  sessionStorage.setItem(CLOSED, JSON.stringify([...closed]));
}

export class FormSheet {
  constructor(pane, { submit, refocus }) {
    this.pane = pane;
    this.submitIt = submit;
    this.refocus = refocus;
    this.form = null;
  }

  // The newest form that was not closed is the one to fill in.
  render(forms, person) {
    const form = forms.filter(({ id }) => !closed.has(id)).at(-1) ?? null;
    if (form?.id === this.form?.id) return;
    this.hide();
    if (form) this.open(form, person);
  }

  open(form, person) {
    this.form = form;
    this.fields = form.fields.map((field) => new Field(field, form.id, drafts.get(draftKey(form))?.[field.name]));
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
    this.sendButton = el("button", { type: "submit", class: "act primary", "data-testid": "form-submit" }, el("span", {}, form.submit));
    const cancel = el("button", { type: "button", class: "act", "data-testid": "form-close", onclick: () => this.close() }, form.close);
    this.node = el(
      "dialog",
      { class: "sheet", "data-testid": "form", "data-form-id": form.id, "aria-labelledby": `title-${form.id}`, onkeydown: (event) => this.onKey(event) },
      el(
        "form",
        { novalidate: true, onsubmit: (event) => this.submit(event), oninput: () => this.keepDraft() },
        this.head(form, person),
        el("div", { class: "fields" }, ...this.fields.map((field) => field.node)),
        el("footer", {}, this.problem, el("div", { class: "actions" }, this.sendButton, cancel)),
      ),
    );
    this.showOverPane();
  }

  head(form, person) {
    const close = el("button", { type: "button", class: "plain square", "aria-label": word("form.close"), title: word("form.close"), onclick: () => this.close() }, icon("close"));
    const title = el("div", { class: "who" }, el("p", {}, word("form.for", { name: person.name })), el("h3", { id: `title-${form.id}` }, form.title));
    return el("header", {}, avatar(person), title, close);
  }

  // A form that arrives while the reader types in another pane must not take the keyboard away.
  showOverPane() {
    const active = document.activeElement;
    const busyElsewhere = active?.matches("textarea, input") && !this.pane.contains(active);
    this.opener = this.pane.contains(active) ? active : null;
    this.setBehind(true);
    this.pane.append(this.node);
    this.node.show();
    if (busyElsewhere) active.focus();
    else this.fields[0]?.focus();
  }

  setBehind(behind) {
    this.pane.classList.toggle("has-form", behind);
    for (const part of this.pane.querySelectorAll(".body, .composer")) part.inert = behind;
  }

  hide() {
    if (!this.form) return;
    const hadFocus = this.node.contains(document.activeElement);
    this.node.remove();
    this.form = null;
    this.setBehind(false);
    if (!hadFocus) return;
    if (this.opener?.isConnected) this.opener.focus();
    else this.refocus();
  }

  close() {
    rememberClosed(this.form.id);
    this.hide();
  }

  onKey(event) {
    if (event.key !== "Escape" || isComposing(event)) return;
    event.preventDefault();
    this.close();
  }

  values() {
    return Object.fromEntries(this.fields.map((field) => [field.name, field.value()]));
  }

  keepDraft() {
    drafts.set(draftKey(this.form), this.values());
  }

  async submit(event) {
    event.preventDefault();
    if (isBusy(this.sendButton)) return;
    const { form } = this;
    const missing = this.fields.filter((field) => field.isMissing()).map((field) => [field.name, word("form.missing")]);
    if (this.showErrors(Object.fromEntries(missing))) return;
    setBusy(this.sendButton, true);
    const { ok, errors } = await this.submitIt(form.for, form.id, this.values());
    setBusy(this.sendButton, false);
    if (ok) this.accepted(form);
    else if (this.form === form && !this.showErrors(errors ?? {})) tell(this.problem, word("form.failed"));
  }

  accepted(form) {
    drafts.delete(draftKey(form));
    rememberClosed(form.id);
    if (this.form === form) this.hide();
  }

  showErrors(errors) {
    for (const field of this.fields) field.showError(errors[field.name] ?? "");
    const first = this.fields.find((field) => errors[field.name]);
    tell(this.problem, first ? word("form.check") : "");
    first?.focus();
    first?.node.scrollIntoView({ block: "nearest" });
    return Boolean(first);
  }
}

class Field {
  constructor(field, formId, draft) {
    this.name = field.name;
    this.field = field;
    this.id = `${formId}-${field.name}`;
    this.error = el("p", { class: "field-error", id: `${this.id}-error`, hidden: true });
    this.hint = field.hint ? el("p", { class: "hint", id: `${this.id}-hint` }, field.hint) : null;
    this.isRadio = field.kind === "choice" && field.required && field.options.length <= FEW;
    this.node = this.isRadio ? this.radios(draft ?? field.value) : this.single(draft ?? field.value);
  }

  describedBy() {
    return [this.hint?.id, this.error.id].filter(Boolean).join(" ");
  }

  caption() {
    const need = el("span", { class: "need" }, word(this.field.required ? "form.required" : "form.optional"));
    return [el("span", {}, this.field.label), need];
  }

  single(value) {
    const props = { id: this.id, name: this.name, "aria-describedby": this.describedBy(), "aria-required": String(this.field.required), maxlength: this.field.max_length };
    this.control = this.build(props);
    this.control.value = value ?? "";
    return el("div", { class: "field", "data-field": this.name }, el("label", { for: this.id }, ...this.caption()), this.hint, this.control, this.error);
  }

  build({ maxlength, ...props }) {
    if (this.field.kind === "long") return el("textarea", { ...props, maxlength, rows: "4" });
    if (this.field.kind === "choice") {
      const options = this.field.options.map(({ value, label }) => el("option", { value }, label));
      return el("select", props, el("option", { value: "" }, word("form.choose")), ...options);
    }
    if (this.field.kind === "date") return el("input", { ...props, type: "date" });
    return el("input", { ...props, maxlength, type: "text", autocomplete: "off" });
  }

  radios(chosen) {
    const options = this.field.options.map(({ value, label }) => {
      const input = el("input", { type: "radio", name: this.id, value });
      input.checked = value === chosen;
      return el("label", { class: "option" }, input, el("span", {}, label));
    });
    const props = { class: "field", "data-field": this.name, "aria-describedby": this.describedBy() };
    this.control = el("fieldset", props, el("legend", {}, ...this.caption()), this.hint, el("div", { class: "options" }, ...options), this.error);
    return this.control;
  }

  value() {
    return this.isRadio ? this.control.querySelector("input:checked")?.value ?? "" : this.control.value;
  }

  isMissing() {
    return this.field.required && this.value().trim() === "";
  }

  focus() {
    const target = this.isRadio ? this.control.querySelector("input:checked") ?? this.control.querySelector("input") : this.control;
    target.focus();
  }

  showError(text) {
    tell(this.error, text);
    const marked = this.isRadio ? [...this.control.querySelectorAll("input")] : [this.control];
    for (const control of marked) control.setAttribute("aria-invalid", String(text !== ""));
    this.node.classList.toggle("wrong", text !== "");
  }
}
