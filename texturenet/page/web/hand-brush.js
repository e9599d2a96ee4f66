// The brush in a hand, or under the keys: points of the screen -> strokes of the mask, and the ring that
// shows where it is.

import {$, pressed} from "./page.js";

export class HandBrush {
  /** strokes: of brush.js; settings: {net, radius, softness}, which others change */
  constructor(explorer, strokes, settings) {
    Object.assign(this, {explorer, strokes, settings, on: true, painting: false, point: null, keyed: false});
  }

  switch(on) {
    this.on = on;
    pressed("brush", on);
    $("plane").classList.toggle("brushed", on);
    this.frame();
  }

  begin(point) {
    if (!this.on) return;
    this.painting = true;
    this.strokes.begin(this.settings);
    this.strokes.to(this.place(point));
  }

  move(points, last) {
    for (const point of points.length ? points : [last]) this.strokes.to(this.place(point));
  }

  /** -> whether there was a stroke. */
  end() {
    const was = this.painting;
    this.painting = false;
    if (was) this.strokes.end();
    return was;
  }

  cancel() {
    if (this.painting) this.strokes.cancel();
    this.painting = false;
  }

  hover(point) {
    this.point = point;
    this.keyed = false;
    this.frame();
  }

  /** By keys it is in the middle of the window, and the plane moves under it. */
  press() {
    if (this.painting || !this.on) return;
    this.keyed = true;
    this.begin(this.middle());
  }

  /** The place [row, column] under a point [down, right] of the canvas. */
  place([down, right]) {
    const {camera} = this.explorer, [top, left] = camera.corner();
    return [top + down / camera.scale, left + right / camera.scale];
  }

  middle() {
    const {camera} = this.explorer;
    return [camera.height / 2, camera.width / 2];
  }

  /** Called at every moment of the screen: the ring follows; and by keys the stroke. */
  frame() {
    if (this.painting && this.keyed) this.strokes.to(this.place(this.middle()));
    const {camera, canvas} = this.explorer, ratio = canvas.width / (canvas.clientWidth || 1);
    const point = this.keyed || !this.point ? this.middle() : this.point;
    const across = (2 * this.settings.radius * camera.scale) / ratio;
    $("ring").hidden = !this.on;
    $("ring").style.cssText = `width:${across}px;height:${across}px;left:${point[1] / ratio}px;top:${point[0] / ratio}px`;
  }
}
