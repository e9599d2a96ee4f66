// A material under a lamp, by the light of `texturenet page`; where there is no WebGL2, not at all.

let module;
const LOW = 12; // degrees above the surface, the least

/** The lamp over a point: x to the right and y up, in halves of the picture from its middle. */
export function over(x, y) {
  const far = Math.hypot(x, y);
  if (far < 0.02) return [135, 89];
  return [(Math.atan2(y, x) * 180) / Math.PI, Math.max(LOW, (Math.atan2(0.75, far) * 180) / Math.PI)];
}

/** What lights materials on a canvas; null where there is no WebGL2. */
export async function solid(canvas) {
  module ??= import("../light/solid.js").catch(() => null);
  const found = await module;
  if (!found) return null;
  try {
    return new found.SolidPainter(canvas);
  } catch {
    return null;
  }
}

/** Light on a canvas, the lamp following the pointer over it; null where it cannot be computed. */
export async function lighting(canvas) {
  const painter = await solid(canvas);
  return painter && lit(canvas, painter);
}

function lit(canvas, painter) {
  const first = painter.lamp;
  let handle = null;

  function draw() {
    if (!handle) return;
    const { width, height } = canvas;
    painter.begin({ background: "#000000", scale: 1 });
    painter.piece(handle, { x: 0, y: 0, w: width, h: height });
    painter.end();
  }
  function move(lamp) {
    painter.lamp = lamp;
    requestAnimationFrame(draw);
  }
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    move(over((2 * (event.clientX - box.left)) / box.width - 1, 1 - (2 * (event.clientY - box.top)) / box.height));
  });
  canvas.addEventListener("pointerleave", () => move(first));
  return {
    /** All maps of a square: {kind: {data, channels, height, width}}. */
    async show(maps) {
      const { height, width } = maps.colour;
      const next = await painter.keep({ maps });
      if (handle) painter.free(handle);
      handle = next;
      Object.assign(canvas, { width, height });
      draw();
    },
  };
}
