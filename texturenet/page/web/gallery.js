// The textures of a page beside each other; each is drawn when it comes into sight, one at a time.

import {$, element, sentence} from "./page.js";

const SIDE = 256; // pixels

export class Gallery {
  /** load: (net) -> Promise of its texture */
  constructor(nets, load) {
    Object.assign(this, {load, queue: [], working: false, open: false});
    this.seen = new IntersectionObserver((entries) => this.sighted(entries), {rootMargin: "200px"});
    $("shelf").append(...nets.map((net) => this.entry(net)));
  }

  entry(net) {
    const canvas = element("canvas", {width: SIDE, height: SIDE});
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `A picture of ${net.name}`);
    canvas.style.setProperty("--mean", net.mean);
    canvas.net = net;
    this.seen.observe(canvas);
    const link = element("a", {href: `#net=${encodeURIComponent(net.name)}`}, canvas,
      element("strong", {textContent: net.name}), element("small", {textContent: net.says}));
    return element("li", {}, link);
  }

  sighted(entries) {
    for (const {target, isIntersecting} of entries) {
      if (!isIntersecting) continue;
      this.seen.unobserve(target);
      this.queue.push(target);
    }
    this.work();
  }

  show(open) {
    this.open = open;
    $("gallery").hidden = !open;
    this.work();
  }

  async work() {
    if (this.working || !this.open) return;
    this.working = true;
    while (this.queue.length && this.open) await this.draw(this.queue.shift());
    this.working = false;
  }

  async draw(canvas) {
    try {
      const texture = await this.load(canvas.net);
      const pixels = await texture.render({seed: 0n, row: 0, column: 0, height: SIDE, width: SIDE});
      canvas.getContext("2d").putImageData(pixels, 0, 0);
      canvas.dataset.drawn = "true";
      texture.dispose?.();
    } catch (error) {
      canvas.title = sentence(error);
    }
  }
}
