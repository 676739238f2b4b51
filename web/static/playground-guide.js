// The guide: a week in ordered steps. A step is ticked when the reader really did it, through the chip or by hand.

import { avatar, el, icon, show } from "./playground-dom.js";
import { currentLanguage, steps, word } from "./playground-words.js";

const DONE = "loopkeeper.guide-done";
const CLOSED = "loopkeeper.guide-closed";

export class Guide {
  // use(step) puts the text into the right composer or presses the clock; personFor(step) is who it is for, or null.
  constructor(node, toggle, { use, personFor }) {
    this.node = node;
    this.toggle = toggle;
    this.use = use;
    this.personFor = personFor;
    this.list = node.querySelector(".steps");
    this.again = node.querySelector(".again");
    this.chosen = null;
    this.seen = "";
    toggle.addEventListener("click", () => this.setOpen(!this.isOpen()));
    this.again.addEventListener("click", () => this.forget());
  }

  done() {
    return new Set(JSON.parse(sessionStorage.getItem(this.key()) ?? "[]"));
  }

  key() {
    return `${DONE}.${currentLanguage()}`;
  }

  isOpen() {
    return sessionStorage.getItem(CLOSED) === null;
  }

  setOpen(open) {
    if (open) sessionStorage.removeItem(CLOSED);
    else sessionStorage.setItem(CLOSED, "yes");
    this.render();
  }

  forget() {
    sessionStorage.removeItem(this.key());
    this.render();
    this.list.querySelector("button")?.focus();
  }

  texts() {
    return steps().map((step) => step.say).filter(Boolean);
  }

  async choose(index) {
    this.chosen = index;
    await this.use(steps()[index]);
  }

  // Something was sent or the clock was moved: the chosen step counts, else the one that is next anyway.
  happened(who, action = "") {
    const done = this.done();
    const fits = (index) => index !== null && steps()[index]?.who === who && steps()[index].do === action;
    const current = steps().findIndex((_, index) => !done.has(index));
    const index = [this.chosen, current].find(fits);
    this.chosen = null;
    if (index === undefined || index === -1) return;
    sessionStorage.setItem(this.key(), JSON.stringify([...done.add(index)]));
    this.render();
  }

  render() {
    const done = this.done();
    const open = this.isOpen();
    const all = steps().length;
    document.body.classList.toggle("guide-closed", !open);
    show(this.node, open);
    this.toggle.setAttribute("aria-expanded", String(open));
    this.toggle.setAttribute("aria-label", word(open ? "guide.hide" : "guide.show", { done: done.size, all }));
    this.toggle.querySelector(".count").textContent = word("guide.progress", { done: done.size, all });
    this.node.querySelector(".finished").textContent = done.size === all ? word("guide.finished") : "";
    show(this.again, done.size > 0);
    this.renderSteps(done);
  }

  renderSteps(done) {
    const current = steps().findIndex((_, index) => !done.has(index));
    const seen = JSON.stringify([currentLanguage(), [...done], steps().map((step) => this.personFor(step)?.id)]);
    if (seen === this.seen) return;
    const hadFocus = [...this.list.querySelectorAll("button")].indexOf(document.activeElement);
    this.seen = seen;
    this.list.replaceChildren(...steps().map((step, index) => this.stepNode(step, index, { done: done.has(index), current: index === current })));
    this.list.querySelectorAll("button")[hadFocus]?.focus();
    this.scrollToCurrent();
  }

  // Only the guide's own list moves, never the page.
  scrollToCurrent() {
    const current = this.list.querySelector(".current");
    if (!current) return;
    this.list.scrollTo({ left: current.offsetLeft - this.list.offsetLeft - 12, top: current.offsetTop - this.list.offsetTop - 60 });
  }

  stepNode(step, index, { done, current }) {
    const person = this.personFor(step);
    const tick = el("span", { class: "tick" }, done ? icon("check") : String(index + 1), done ? el("span", { class: "hidden-text" }, word("guide.done")) : null);
    const title = el("p", { class: "step-title" }, el("span", {}, step.title), person ? avatar(person) : null);
    const text = el("div", { class: "step-text" }, title, this.chip(step, index, person?.name), el("p", { class: "note" }, step.note));
    return el("li", { class: done ? "done" : current ? "current" : "", "aria-current": current ? "step" : null, "data-step": index + 1 }, tick, text);
  }

  chip(step, index, name) {
    const isClock = step.who === "clock";
    const text = isClock ? word(`clock.${step.do}`) : step.say;
    const label = isClock ? text : word("guide.put", { name, text });
    const onclick = () => this.choose(index);
    const props = { type: "button", class: isClock ? "chip clock-chip" : "chip", "data-testid": `step-${index + 1}`, "aria-label": label, title: text, onclick };
    return el("button", props, isClock ? icon("clock") : null, el("span", {}, text));
  }
}
