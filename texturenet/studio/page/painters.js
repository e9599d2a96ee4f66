// What draws the tiles of a plane: their colours, or a material under a lamp.

import { over, solid } from "./lit.js";

/** Colours on a canvas. */
export function colours(canvas) {
  const pen = canvas.getContext("2d");
  return {
    canvas,
    make: async (texture, view) => createImageBitmap(await texture.render(view)),
    free: (bitmap) => bitmap.close(),
    begin: () => pen.clearRect(0, 0, canvas.width, canvas.height),
    tile: (bitmap, x, y) => pen.drawImage(bitmap, x, y),
    repeat(bitmap, x, y) {
      const pattern = pen.createPattern(bitmap, "repeat");
      pattern.setTransform(new DOMMatrix().translate(x, y));
      pen.fillStyle = pattern;
      pen.fillRect(0, 0, canvas.width, canvas.height);
    },
    end() {},
  };
}

/**
 * A material on a canvas, under a lamp over the pointer on another that takes it; null where it cannot be lit.
 * draw: shows its tiles again; again: makes them again, once the graphics card has lost them.
 */
export async function lamplit(canvas, pointed, { draw, again }) {
  const painter = await solid(canvas);
  if (!painter) return null;
  const first = painter.lamp;

  function move(lamp) {
    painter.lamp = lamp;
    draw();
  }
  pointed.addEventListener("pointermove", (event) => {
    if (event.buttons) return; // the plane is dragged
    const box = pointed.getBoundingClientRect();
    move(over((2 * (event.clientX - box.left)) / box.width - 1, 1 - (2 * (event.clientY - box.top)) / box.height));
  });
  pointed.addEventListener("pointerleave", () => move(first));
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", () => {
    painter.prepare();
    again();
  });
  const tile = (handle, x, y) => painter.piece(handle, { x, y, w: handle.width, h: handle.height });
  return {
    canvas,
    async make(texture, view) {
      const maps = await texture.maps(view);
      return Object.assign(await painter.keep({ maps }), { width: view.width, height: view.height });
    },
    free: (handle) => painter.free(handle),
    begin: () => painter.begin({ background: "#000000", scale: 1 }),
    tile,
    repeat(handle, x, y) {
      const { width, height } = handle;
      const from = (at, length) => (((at % length) + length) % length) - length;
      for (let top = from(y, height); top < canvas.height; top += height) {
        for (let left = from(x, width); left < canvas.width; left += width) tile(handle, left, top);
      }
    },
    end: () => painter.end(),
  };
}
