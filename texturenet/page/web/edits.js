// Areas of the plane whose pixels were changed while pieces of it were being drawn.

export class Edits {
  constructor() {
    Object.assign(this, {mark: 0, list: []});
  }

  /** area: {top, left, bottom, right}; idle: nothing is on its way that could have missed it. */
  add(area, idle) {
    if (idle) this.list = [];
    this.list.push({mark: ++this.mark, area});
  }

  /** Whether what was asked for at a mark lies where something was changed afterwards. */
  missed({mark, area}) {
    return this.list.some((edit) => edit.mark > mark && meet(area, edit.area));
  }
}

/** Where a request of `pieces.js` lies on the plane. */
export function areaOf({row, column, height, width, level}) {
  const times = 2 ** level;
  return {top: row * times, left: column * times, bottom: (row + height) * times, right: (column + width) * times};
}

export function meet(one, other) {
  return one.top < other.bottom && other.top < one.bottom && one.left < other.right && other.left < one.right;
}
