// Times as the server tells them: ISO with the offset of the person, so the wall clock is read off the text itself
// and the browser's own zone never matters.

import { tag } from "./playground-words.js";

const wallClock = (iso) => new Date(`${iso.slice(0, 19)}Z`);

function format(iso, options) {
  return new Intl.DateTimeFormat(tag(), { ...options, timeZone: "UTC" }).format(wallClock(iso));
}

export const dayKey = (iso) => iso.slice(0, 10);
export const time = (iso) => iso.slice(11, 16);
export const day = (iso) => format(iso, { weekday: "short", month: "short", day: "numeric" });
export const longDay = (iso) => format(iso, { weekday: "long", month: "long", day: "numeric" });
export const minutesBetween = (before, after) => (new Date(after) - new Date(before)) / 60000;

function offset(iso) {
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)$/u.exec(iso) ?? [null, "+", "00", "00"];
  if (hours === "00" && minutes === "00") return "UTC";
  return `UTC${sign === "-" ? "−" : "+"}${Number(hours)}${minutes === "00" ? "" : `:${minutes}`}`;
}

export const timeWithZone = (iso) => `${time(iso)} ${offset(iso)}`;

export function zoneName(zone, iso) {
  try {
    const parts = new Intl.DateTimeFormat(tag(), { timeZone: zone, timeZoneName: "longGeneric" }).formatToParts(new Date(iso));
    return parts.find((part) => part.type === "timeZoneName").value;
  } catch {
    return offset(iso); // a zone newer than this browser
  }
}

// Monday 00:00 is 0, the next Monday 00:00 is 1.
export function partOfWeek(iso) {
  const at = wallClock(iso);
  const days = (at.getUTCDay() + 6) % 7;
  return (days + (at.getUTCHours() + at.getUTCMinutes() / 60) / 24) / 7;
}

export function isSameWeek(one, other) {
  const monday = (iso) => Math.floor((wallClock(iso) / 86400000 + 3) / 7);
  return monday(one) === monday(other);
}

export function weekdayLetters() {
  const monday = Date.UTC(2024, 0, 1);
  const narrow = new Intl.DateTimeFormat(tag(), { weekday: "narrow", timeZone: "UTC" });
  return [...Array(7).keys()].map((index) => narrow.format(monday + index * 86400000));
}
