// Pieces that are wanted -> asked of the engine, a few at a time, the first in the list first.
// What is no longer wanted is aborted, so that a fast hand never waits for what it has passed.

const STUCK = 30_000; // ms without an answer, after which a request is asked again

export class Loader {
  /**
   * draw: (request, signal) -> Promise of what was drawn; keep: (key, made) -> puts it away;
   * fail: (error) -> tells it; most: requests at a time
   */
  constructor({draw, keep, fail, most}) {
    Object.assign(this, {draw, keep, fail, most, asked: new Map(), waiting: 0, failed: new Map()});
  }

  /** pieces: those that are missing, in order of need. */
  want(pieces) {
    const now = performance.now(), keys = new Set(pieces.map((piece) => piece.key));
    for (const [key, {abort, since}] of this.asked) {
      if (!keys.has(key) || now - since > STUCK) this.drop(key, abort);
    }
    this.waiting = pieces.length;
    for (const piece of pieces) {
      if (this.asked.size >= this.most) return;
      if (!this.asked.has(piece.key) && !this.failed.has(piece.key)) this.ask(piece);
    }
  }

  /** Ends all requests. */
  stop() {
    for (const [key, {abort}] of this.asked) this.drop(key, abort);
    this.failed.clear();
    this.waiting = 0;
  }

  /** A tab that slept: its clocks stood still, and so did what it had asked for. */
  wake() {
    for (const entry of this.asked.values()) entry.since = performance.now();
    this.failed.clear();
  }

  drop(key, abort) {
    this.asked.delete(key);
    abort.abort();
  }

  async ask(piece) {
    const abort = new AbortController(), entry = {abort, since: performance.now()};
    this.asked.set(piece.key, entry);
    try {
      const made = await this.draw(piece.request, abort.signal);
      if (this.asked.get(piece.key) === entry) await this.keep(piece.key, made);
    } catch (error) {
      if (!abort.signal.aborted) {
        this.failed.set(piece.key, error); // or it would be asked again at every frame
        this.fail(error);
      }
    } finally {
      if (this.asked.get(piece.key) === entry) this.asked.delete(piece.key);
    }
  }
}
