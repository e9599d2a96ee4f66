// The loop of a texture, live: every piece in sight gets frames of its own, the middle of the
// window first, and shows two neighbours of them mixed while time goes round.

const COUNT = 24; // frames of a full turn
const ORDER = order(COUNT);
export const SECONDS = 6; // of a turn
const MOST = 60; // pieces that move at once

export class Loop {
  /** cache: of frames; bytes: of one. As many pieces move as the cache holds. */
  constructor(cache, bytes) {
    Object.assign(this, {cache, playing: false, most: Math.min(MOST, Math.floor(cache.most / (COUNT * bytes)))});
  }

  /** The requests that are still to be drawn, of the pieces in order. */
  missing(pieces) {
    const wanted = [], near = unique(pieces).slice(0, this.most);
    for (const few of [8, COUNT]) {
      for (const piece of near) {
        for (const index of ORDER.slice(0, few)) {
          const key = `${piece.key}@${index}`;
          if (!this.cache.has(key)) wanted.push({...piece, key, request: {...piece.request, time: index / COUNT}});
        }
      }
      if (wanted.length) return wanted;
    }
    return wanted;
  }

  /** The two frames of a piece around the present, and how far it is between them; null without. */
  now({key}, ms) {
    const at = ((ms / 1000 / SECONDS) % 1) * COUNT, there = (index) => this.cache.get(`${key}@${(index + COUNT) % COUNT}`);
    const has = (index) => this.cache.has(`${key}@${(index + COUNT) % COUNT}`);
    let before = Math.floor(at), after = before + 1;
    while (before > at - COUNT && !has(before)) before--;
    while (after < at + COUNT && !has(after)) after++;
    if (!has(before) || after - before >= COUNT) return null;
    return {first: there(before), second: there(after), share: (at - before) / (after - before)};
  }
}

/** 0, the half, the quarters ...: whatever is there is spread evenly. */
function order(count) {
  const found = [];
  for (const step of [count, count / 2, count / 4, count / 8, 1]) {
    for (let index = 0; index < count; index += step) if (!found.includes(index)) found.push(index);
  }
  return found;
}

/** Pieces of one tile come again in every repetition. */
function unique(pieces) {
  return [...new Map(pieces.map((piece) => [piece.key, piece])).values()];
}
