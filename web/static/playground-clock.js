// The movable clock: what time it is for the two people in view, where in the week that is, and the buttons that move it.

import { el, isBusy, setBusy } from "./playground-dom.js";
import { day, isSameWeek, partOfWeek, time, timeWithZone, weekdayLetters, zoneName } from "./playground-time.js";
import { word } from "./playground-words.js";

export class Clock {
  // move(to) answers whether the server played everything due.
  constructor(node, { move }) {
    this.node = node;
    this.moveIt = move;
    this.week = node.querySelector(".week");
    this.status = node.querySelector(".status");
    this.buttons = [...node.querySelectorAll(".move")];
    for (const button of this.buttons) button.addEventListener("click", () => this.press(button.dataset.to));
  }

  render(state, employee, manager) {
    this.next = state.next;
    const people = [employee, manager].filter(Boolean);
    const shown = people.filter((person, index) => people.findIndex((other) => other.time_zone === person.time_zone) === index);
    this.node.querySelector(".times").replaceChildren(...shown.map((person) => timeOf(person, people)));
    if (employee) this.renderWeek(employee.local_time);
    this.renderNext();
  }

  renderNext() {
    const button = this.buttons.find(({ dataset }) => dataset.to === "next");
    const label = this.next ? word("clock.next_at", { time: `${day(this.next.local)} ${timeWithZone(this.next.local)}` }) : word("clock.next_none");
    button.setAttribute("aria-label", label);
    button.title = label;
    button.disabled = !this.next;
  }

  renderWeek(now) {
    const here = partOfWeek(now);
    const days = weekdayLetters().map((letter, index) => {
      const name = index === Math.floor(here * 7) ? "today" : index < here * 7 ? "past" : "";
      return el("span", { class: name }, letter);
    });
    const next = this.next && isSameWeek(now, this.next.local) ? el("i", { class: "upcoming" }) : null;
    next?.style.setProperty("--at", partOfWeek(this.next.local));
    this.week.style.setProperty("--now", here);
    this.week.replaceChildren(...[...days, el("i", { class: "passed" }), next, el("i", { class: "now" })].filter(Boolean));
  }

  async press(to) {
    const button = this.buttons.find(({ dataset }) => dataset.to === to);
    if (isBusy(button) || button.disabled) return false;
    this.setMoving(button, true);
    const ok = await this.moveIt(to);
    this.setMoving(button, false);
    this.status.textContent = word(ok ? "clock.moved" : "clock.failed");
    this.status.classList.toggle("failed", !ok);
    return ok;
  }

  setMoving(pressed, moving) {
    for (const button of this.buttons) setBusy(button, moving);
    for (const button of this.buttons) button.classList.toggle("busy", moving && button === pressed);
    this.node.classList.toggle("moving", moving);
    this.node.setAttribute("aria-busy", String(moving));
    if (!moving) return;
    this.status.classList.remove("failed");
    this.status.textContent = word("clock.moving");
  }
}

// One zone for both people needs no name; two zones do.
function timeOf(person, people) {
  const sameZone = people.every((other) => other.time_zone === person.time_zone);
  const whose = sameZone ? null : el("b", {}, person.name);
  const zone = zoneName(person.time_zone, person.local_time);
  const said = word("clock.time", { day: day(person.local_time), time: time(person.local_time), zone });
  const date = el("span", {}, whose, whose ? " · " : "", day(person.local_time));
  return el("li", { title: said }, el("span", { class: "hour" }, time(person.local_time)), el("span", { class: "where" }, date, el("span", {}, zone)));
}
