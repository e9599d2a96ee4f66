// Which squares of a plane a window shows. Pure: planes and windows in, lists of pieces out.
//
// A piece is {key, request, top, left, height, width}: `request` is what the engine is asked for,
// the rest where it lies on the plane. On level L one of its pixels is 2^L of the plane.

export const SIDE = 128; // pixels a side of what is asked for at once

/** The endless plane of a seed. */
export class Endless {
  constructor(seed, view = "colour") {
    Object.assign(this, {seed, view, id: `endless/${seed}/${view}`});
  }

  /** Pieces of a level in a window, nearest to its middle first. */
  pieces(seen, level) {
    const side = SIDE * 2 ** level, found = [];
    for (let i = Math.floor(seen.top / side); i * side < seen.bottom; i++) {
      for (let j = Math.floor(seen.left / side); j * side < seen.right; j++) {
        found.push(this.piece(level, i, j));
      }
    }
    return nearest(found, seen);
  }

  piece(level, i, j) {
    const side = SIDE * 2 ** level;
    return {
      key: `${this.id}/${level}/${i}/${j}`, level, i, j,
      top: i * side, left: j * side, height: side, width: side,
      request: {seed: this.seed, row: i * SIDE, column: j * SIDE, height: SIDE, width: SIDE, level},
    };
  }

  /** The pieces of the next finer level that lie in one. */
  finer({level, i, j}) {
    if (level === 0) return [];
    return [[0, 0], [0, 1], [1, 0], [1, 1]].map(([a, b]) => this.piece(level - 1, 2 * i + a, 2 * j + b));
  }

  /** The piece of a coarser level in which one lies. */
  coarser({level, i, j}, up = 1) {
    return this.piece(level + up, Math.floor(i / 2 ** up), Math.floor(j / 2 ** up));
  }
}

/**
 * A plane that repeats after period = [rows, columns]. With `count` above 1 every repetition is one
 * of so many tiles that fit beside each other, with the seeds seed, seed+1 ...
 */
export class Tiled {
  constructor(seed, period, count = 1, view = "colour") {
    const id = `tiled/${seed}/${period}/${count}/${view}`;
    Object.assign(this, {seed, period, count, view, id});
  }

  pieces(seen) {
    const [rows, columns] = this.period, found = [];
    for (let a = Math.floor(seen.top / rows); a * rows < seen.bottom; a++) {
      for (let b = Math.floor(seen.left / columns); b * columns < seen.right; b++) {
        for (const piece of this.tile(this.member(a, b))) {
          const top = a * rows + piece.top, left = b * columns + piece.left;
          if (top < seen.bottom && left < seen.right && top + piece.height > seen.top
            && left + piece.width > seen.left) found.push({...piece, top, left});
        }
      }
    }
    return nearest(found, seen);
  }

  /** Which of the tiles that match lies there: by chance, but always the same. */
  member(a, b) {
    return this.count > 1 ? scattered(a, b) % this.count : 0;
  }

  /** The pieces of one tile, from its own corner. */
  tile(member) {
    const [rows, columns] = this.period, found = [];
    for (let top = 0; top < rows; top += SIDE) {
      for (let left = 0; left < columns; left += SIDE) {
        const height = Math.min(SIDE, rows - top), width = Math.min(SIDE, columns - left);
        const request = {...this.request(member), row: top, column: left, height, width, level: 0};
        found.push({key: `${this.id}/${member}/${top}/${left}`, level: 0, top, left, height, width, request});
      }
    }
    return found;
  }

  /** What is asked of the engine for any part of a member. */
  request(member) {
    const seed = BigInt.asUintN(64, this.seed + BigInt(member));
    const border = this.count > 1 ? {border: this.seed} : {};
    return {seed, tile: {height: this.period[0], width: this.period[1]}, ...border};
  }

  finer() {
    return [];
  }
}

/** A plane as one of several nets draws it, which `request.net` names. */
export class Layer {
  constructor(plane, net) {
    Object.assign(this, {plane, net});
    if (plane.coarser) this.coarser = (piece, up) => this.within(plane.coarser(piece, up));
  }

  within(piece) {
    return {...piece, key: `net${this.net}/${piece.key}`, request: {...piece.request, net: this.net}};
  }

  pieces(seen, level) {
    return this.plane.pieces(seen, level).map((piece) => this.within(piece));
  }

  finer(piece) {
    return this.plane.finer(piece).map((one) => this.within(one));
  }
}

function nearest(pieces, seen) {
  const row = (seen.top + seen.bottom) / 2, column = (seen.left + seen.right) / 2;
  const far = ({top, left, height, width}) => Math.hypot(top + height / 2 - row, left + width / 2 - column);
  return pieces.map((piece) => [far(piece), piece]).sort((a, b) => a[0] - b[0]).map((pair) => pair[1]);
}

/** Two whole numbers -> one from 0 to 2^32-1 that looks like chance (the mixing of MurmurHash3). */
function scattered(a, b) {
  let h = Math.imul(a, 0x85ebca6b) ^ Math.imul(b, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
