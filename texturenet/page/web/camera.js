// Where the window looks: a place of the plane, and how large a pixel of it is. Pure geometry.
// Places are [row, column] in pixels of the plane; points are [down, right] in pixels of the screen.

import {FARTHEST} from "./link.js";

/**
 * row, column: the place in the middle of the window
 * scale: pixels of the screen a side of one pixel of the plane
 * height, width: of the window, in pixels of the screen
 */
export class Camera {
  constructor(least, most) {
    Object.assign(this, {row: 0, column: 0, scale: 1, loose: 1, height: 1, width: 1, least, most});
  }

  /** The plane's place under the upper left corner, such that at whole scales pixels meet pixels. */
  corner() {
    const snap = (place) => Math.round(place * this.scale) / this.scale;
    return [snap(this.row - this.height / 2 / this.scale), snap(this.column - this.width / 2 / this.scale)];
  }

  /** Rows and columns of the plane that are seen: {top, left, bottom, right}, wider by a margin. */
  window(margin = 0) {
    const [top, left] = this.corner();
    return {
      top: top - margin, left: left - margin,
      bottom: top + this.height / this.scale + margin, right: left + this.width / this.scale + margin,
    };
  }

  move(down, right) {
    this.row = clamp(this.row + down / this.scale, -FARTHEST, FARTHEST);
    this.column = clamp(this.column + right / this.scale, -FARTHEST, FARTHEST);
  }

  /** The scale that is to be, near a whole one taken as that, with the place under a point kept. */
  zoom(scale, [down, right] = [this.height / 2, this.width / 2]) {
    // A hand that zooms in small steps must be able to leave a whole scale.
    const loose = clamp(scale * (this.scale === settled(this.loose) ? this.loose / this.scale : 1), this.least, this.most);
    const wanted = settled(loose);
    this.loose = loose;
    const y = down - this.height / 2, x = right - this.width / 2;
    this.row = clamp(this.row + y / this.scale - y / wanted, -FARTHEST, FARTHEST);
    this.column = clamp(this.column + x / this.scale - x / wanted, -FARTHEST, FARTHEST);
    this.scale = wanted;
  }
}

/** Within 3 % of a power of two: that power. */
function settled(scale) {
  const whole = 2 ** Math.round(Math.log2(scale));
  return Math.abs(scale / whole - 1) < 0.03 ? whole : scale;
}

export function clamp(value, least, most) {
  return Math.min(most, Math.max(least, value));
}
