// The server: requests that fail with its own sentence, and the stream of what happens.

const GONE = "The studio does not answer: it has ended, or was started anew. Look into its terminal.";

export async function call(path, body, method) {
  const given = body instanceof Blob ? body : body === undefined ? undefined : JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(path, { method: method ?? (given === undefined ? "GET" : "POST"), body: given });
  } catch {
    throw new Error(GONE);
  }
  const text = await answer.text();
  let facts = {};
  try {
    facts = JSON.parse(text);
  } catch {
    facts = { error: answer.status === 403 ? GONE : text.slice(0, 200) };
  }
  if (!answer.ok) throw new Error(sentence(facts.error || GONE));
  return facts;
}

/** Bytes of a file, or null where there is nothing new: `have` is the mark of the one before. */
export async function newest(path, have) {
  const answer = await fetch(have ? `${path}?have=${encodeURIComponent(have)}` : path);
  if (answer.status !== 200) return null;
  return { data: await answer.arrayBuffer(), mark: (answer.headers.get("etag") || "").replaceAll('"', ""), type: answer.headers.get("content-type") };
}

export async function lines(path) {
  const text = await (await fetch(path)).text();
  return text.split("\n").filter(Boolean).map((line) => {
    try {
      return JSON.parse(line);
    } catch {
      return {};
    }
  });
}

export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Listens until the page closes; `linked` is told whether the server is there. */
export function listen(events, linked) {
  const source = new EventSource("api/events");
  source.onopen = () => linked(true);
  source.onerror = () => {
    linked(false);
    // A browser gives up at a refusal; the studio may come back at the same address.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(events, linked), 3000);
  };
  for (const [name, act] of Object.entries(events)) {
    source.addEventListener(name, (event) => act(JSON.parse(event.data)));
  }
}
