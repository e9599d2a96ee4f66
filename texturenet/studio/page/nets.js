// Nets as lists show them: what they are called, and a picture of each.

import { h } from "./dom.js";
import { open } from "./engine.js";

const SIZE = { width: 208, height: 144 }; // pixels of a picture that the page draws itself
const asked = new Map(); // "model when" -> promise of the picture
const drawn = new Map(); // "model when" -> the picture
let last = Promise.resolve(); // one is drawn at a time

/** A texture of a palette is called after both. */
export const called = (net) => (net.palette ? `${net.palette}: ${net.name}` : net.name);

/** The nets that may stand beside some others: of other names. */
export const beside = (nets, others) => nets.filter((net) => !others.some((other) => other.name === net.name));

async function draw(model) {
  const answer = await fetch(`api/net?model=${encodeURIComponent(model)}`);
  if (!answer.ok) return null;
  const texture = await open(await answer.arrayBuffer(), 1);
  try {
    return await texture.render({ seed: 0, row: 0, column: 0, ...SIZE });
  } finally {
    texture.dispose();
  }
}

function picture(key, model) {
  if (!asked.has(key)) asked.set(key, last = last.then(() => draw(model)).catch(() => null));
  return asked.get(key);
}

const seen = globalThis.IntersectionObserver && new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) {
    seen.unobserve(target);
    target.show();
  }
});

/** What came with a net or was drawn when it was learnt; else it is drawn here, once it is seen. */
export function thumb(net) {
  if (net.thumb) return h("img", { src: net.thumb, alt: "", loading: "lazy" });
  const key = `${net.model} ${net.when}`;
  const canvas = h("canvas.blank", { ...SIZE, "aria-hidden": "true" });
  const paint = (image) => {
    canvas.getContext("2d").putImageData(image, 0, 0);
    canvas.dataset.drawn = "";
  };
  canvas.show = async () => {
    const image = await picture(key, net.model);
    if (!image) return;
    drawn.set(key, image);
    paint(image);
  };
  if (drawn.has(key)) paint(drawn.get(key));
  else seen?.observe(canvas);
  return canvas;
}
