// The scrolling list of one conversation: days, groups, threads, and staying at the newest unless the reader scrolled up.

import { arrange, el, show } from "./playground-dom.js";
import { Message, setReplies } from "./playground-message.js";
import { dayKey, longDay, minutesBetween } from "./playground-time.js";

const NEAR = 56;
const GROUP_MINUTES = 5;

export class Log {
  constructor(body, { acts, onReachEnd }) {
    this.box = body.querySelector(".log");
    this.list = body.querySelector(".messages");
    this.newest = body.querySelector(".newest");
    this.acts = acts;
    this.onReachEnd = onReachEnd;
    this.items = new Map();
    this.days = new Map();
    this.following = true;
    this.lastTop = 0;
    this.box.addEventListener("scroll", () => this.onScroll(), { passive: true });
    this.newest.addEventListener("click", () => this.toEnd());
    // The log grows and shrinks with the composer, the guide and the window.
    new ResizeObserver(() => this.following && this.jump()).observe(this.box);
  }

  // Another conversation: nothing of the old one may stay, and nothing of it is read out as new.
  clear() {
    this.items.clear();
    this.days.clear();
    this.list.replaceChildren();
    this.following = true;
    show(this.newest, false);
  }

  render(messages) {
    const fresh = this.items.size === 0;
    const known = new Set(this.items.keys());
    if (fresh) this.box.setAttribute("aria-busy", "true");
    const ids = new Set(messages.map((message) => message.id));
    for (const id of this.items.keys()) if (!ids.has(id)) this.items.delete(id);
    this.renderRoots(messages, ids);
    for (const [id, item] of this.items) item.node.classList.toggle("arrived", !fresh && !known.has(id) && item.node.isConnected);
    this.box.removeAttribute("aria-busy");
    this.settle(fresh, [...ids].some((id) => !known.has(id)));
  }

  renderRoots(messages, ids) {
    const isReply = (message) => message.thread_of !== null && ids.has(message.thread_of);
    const replies = Map.groupBy(messages.filter(isReply), (message) => message.thread_of);
    const nodes = [];
    let before = null;
    for (const message of messages.filter((each) => !isReply(each))) {
      const newDay = before === null || dayKey(before.at) !== dayKey(message.at);
      if (newDay) nodes.push(this.dayNode(message.at));
      const item = this.item(message, newDay || !sameGroup(before, message));
      nodes.push(item.node);
      this.renderReplies(item, replies.get(message.id) ?? []);
      before = replies.has(message.id) ? { ...message, from: null } : message; // a thread ends its group
    }
    arrange(this.list, nodes);
  }

  renderReplies(parent, messages) {
    const isFirst = (message, index) => index === 0 || !sameGroup(messages[index - 1], message);
    setReplies(parent, messages.map((message, index) => this.item(message, isFirst(message, index)).node));
  }

  item(message, first) {
    const item = this.items.get(message.id) ?? new Message(this.acts);
    this.items.set(message.id, item);
    item.update(message, { first });
    return item;
  }

  dayNode(at) {
    const key = dayKey(at);
    const node = this.days.get(key) ?? el("li", { class: "day" }, el("span"));
    this.days.set(key, node);
    node.firstElementChild.textContent = longDay(at);
    return node;
  }

  settle(fresh, grew) {
    if (fresh) this.jump();
    else if (this.following) this.toEnd();
    else if (grew) show(this.newest, true);
  }

  gap() {
    return this.box.scrollHeight - this.box.clientHeight - this.box.scrollTop;
  }

  // Only the reader scrolls up; the page itself only ever scrolls towards the newest message.
  onScroll() {
    const top = this.box.scrollTop;
    if (this.gap() < NEAR) this.reachEnd();
    else if (top < this.lastTop) this.following = false;
    this.lastTop = top;
  }

  reachEnd() {
    this.following = true;
    show(this.newest, false);
    this.onReachEnd();
  }

  jump() {
    this.box.scrollTo({ top: this.box.scrollHeight, behavior: "instant" });
  }

  toEnd() {
    this.following = true;
    show(this.newest, false);
    this.box.scrollTo({ top: this.box.scrollHeight }); // smooth or not is said in the styles
  }
}

function sameGroup(before, message) {
  return before !== null && before.from === message.from && minutesBetween(before.at, message.at) < GROUP_MINUTES;
}
