// The server's side of the playground: the state, the stream that says when it changed, and what a person does.

const TRIES = 3;
const PAUSE = 500;
const GRACE = 1200;
const HEADERS = { "Content-Type": "application/json", "X-Loopkeeper-Playground": "1" };

// The key of an act nobody properly answered yet. Doing the same thing again reuses it, so the server does it once.
const unanswered = new Map();

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function fetchState(cast) {
  const answer = await fetch(`/playground/state?cast=${encodeURIComponent(cast)}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(`state: ${answer.status}`);
  return answer.json();
}

export async function post(path, act) {
  const fingerprint = path + JSON.stringify(act);
  const key = unanswered.get(fingerprint) ?? crypto.randomUUID();
  unanswered.set(fingerprint, key);
  const answer = await send(path, JSON.stringify({ key, ...act }));
  if (answer === null) return { ok: false, errors: null };
  if (answer.status < 500) unanswered.delete(fingerprint); // a fault may have come after the work was done
  const body = await answer.json().catch(() => ({}));
  return { ok: answer.ok, errors: body.errors ?? null };
}

async function send(path, body) {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    try {
      return await fetch(`/playground/${path}`, { method: "POST", headers: HEADERS, body });
    } catch {
      if (attempt < TRIES) await pause(PAUSE * attempt);
    }
  }
  return null;
}

// A short break is not worth a notice: the browser reconnects by itself.
export function listen(handlers) {
  const stream = new EventSource("/playground/stream");
  let timer = null;
  stream.onopen = () => {
    clearTimeout(timer);
    timer = null;
    handlers.onConnection(true);
  };
  stream.onerror = () => {
    timer ??= setTimeout(() => handlers.onConnection(false), GRACE);
    // After an answer that is no stream the browser gives up for good, so the page tries again itself.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => listen(handlers), GRACE * 2);
  };
  stream.onmessage = (event) => handlers.onVersion(JSON.parse(event.data).version);
}
