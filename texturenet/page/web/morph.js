// A page that morphs: nets on the way from one texture to another, each drawn by itself, and the two
// nearest laid above each other by their shares.

import {load} from "texturenet";
import {typing} from "./hands.js";
import {$, icon, pressed} from "./page.js";

const SECONDS = 8; // from one net to the next while it plays

export function extra({morph: {names, steps}}, nets) {
  const title = names.join(" to ");
  const net = {
    name: names.join("_"), title, kinds: nets[0].kinds, mean: nets[0].mean, fingerprint: null, without: ["loop"],
    card: names.map((name, i) => [name, nets[i * steps].card.filter(([what]) => ["Learnt from", "Licence"].includes(what)).map(([, text]) => text).join(", ")])
      .concat([["Between", `${steps - 1} nets whose weights are mixed; pixels fade from each to the next`]]),
    load: async (threads) => {
      const workers = Math.max(1, Math.ceil(threads / 3)); // two nets draw at a time
      return new Way(await Promise.all(nets.map(async (one) => load(await one.bytes(), {workers}))), steps);
    },
  };
  return {net, begin: (now, signal) => new Slider(now, names, signal), dropped: () => {}};
}

/** Nets in order as one texture; `at` is 0 at the first of those that are named, 1 at the second. */
class Way {
  constructor(textures, steps) {
    Object.assign(this, {textures, steps, at: 0, nets: [...textures.keys()]});
    this.scales = textures[0].scales;
    this.period = textures[0].period;
  }

  get workers() {
    return Math.min(this.textures[0].workers * 3, this.textures.reduce((sum, {workers}) => sum + workers, 0));
  }

  /** Which nets are seen, the lowest first: [{net, share}]. */
  shares() {
    const place = this.at * this.steps, first = Math.min(Math.floor(place), this.textures.length - 1), share = place - first;
    return share > 0 ? [{net: first, share: 1}, {net: first + 1, share}] : [{net: first, share: 1}];
  }

  nearest() {
    return Math.round(this.at * this.steps);
  }

  /** As of the engine; net: of one alone. */
  async render({net, ...options}) {
    if (net !== undefined) return this.textures[net].render(options);
    const [first, second] = this.shares(), made = await this.textures[first.net].render(options);
    if (!second) return made;
    const over = await this.textures[second.net].render(options);
    for (let i = 0; i < made.data.length; i++) made.data[i] += second.share * (over.data[i] - made.data[i]);
    return made;
  }

  /** Maps are of one net, the nearest. */
  maps({net = this.nearest(), ...options}) {
    return this.textures[net].maps(options);
  }

  dispose() {
    for (const texture of this.textures) texture.dispose();
  }
}

class Slider {
  constructor({explorer, texture}, names, signal) {
    Object.assign(this, {explorer, texture, names, last: names.length - 1, playing: false, back: false});
    $("morph").hidden = false;
    Object.assign($("at"), {min: 0, max: this.last, step: 0.01});
    $("at").addEventListener("input", () => { this.play(false); this.go(Number($("at").value)); }, {signal});
    $("play").addEventListener("click", () => this.play(!this.playing), {signal});
    addEventListener("keydown", (event) => this.key(event), {signal});
    signal.addEventListener("abort", () => { this.play(false); $("morph").hidden = true; });
    this.go(Math.min(this.last, explorer.state.at));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const steps = {",": -0.05, ".": 0.05};
    if (event.key.toLowerCase() === "p") this.play(!this.playing);
    else if (steps[event.key]) { this.play(false); this.go(this.texture.at + steps[event.key]); }
  }

  go(at) {
    const place = Math.min(this.last, Math.max(0, at)), first = Math.min(Math.floor(place), this.last - 1), share = Math.round(100 * (place - first));
    this.texture.at = this.explorer.state.at = place;
    $("at").value = place;
    const [one, other] = [this.names[first], this.names[first + 1]];
    const text = share === 0 ? one : share === 100 ? other : `${100 - share} % ${one}, ${share} % ${other}`;
    $("at").setAttribute("aria-valuetext", text);
    $("share-of").textContent = text;
    this.explorer.look();
  }

  play(on) {
    this.playing = on;
    pressed("play", on);
    icon("play", on ? "pause" : "play");
    if (!on) return;
    let before = performance.now();
    const step = (now) => {
      if (!this.playing) return;
      const passed = Math.min(0.1, (now - before) / 1000) / SECONDS, at = this.texture.at + (this.back ? -passed : passed);
      before = now;
      if (at >= this.last) this.back = true;
      if (at <= 0) this.back = false;
      this.go(at);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }
}
