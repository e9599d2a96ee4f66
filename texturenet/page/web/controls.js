// Buttons, fields and keys of one explorer.

import {dice, seedOf, writeLink} from "./link.js";
import {typing} from "./hands.js";
import {$, element, icon, pressed, rewrite, say, sentence} from "./page.js";
import {offered, possible} from "./sides.js";

const NAMES = {
  lit: "Lit", ball: "Ball", colour: "Colour", normal: "Normal", height: "Height",
  roughness: "Roughness", occlusion: "Occlusion", metallic: "Metallic",
};
const STEP = Math.SQRT2; // of the zoom buttons

export class Controls {
  /** now: {explorer, texture, net}; opens: {save(), card(), back()} */
  constructor(now, opens, signal) {
    Object.assign(this, {...now, state: now.explorer.state, opens, signal});
    this.buttons();
    this.seeding();
    this.tiling();
    this.views();
    addEventListener("keydown", (event) => this.key(event), {signal});
    document.addEventListener("fullscreenchange", () => pressed("full", Boolean(document.fullscreenElement)), {signal});
    for (const id of ["tile", "loop"]) $(id).hidden = this.lacks(id);
    this.show();
  }

  /** Whether this page has no such button. */
  lacks(id) {
    return Boolean(this.net.without?.includes(id));
  }

  on(id, name, task) {
    $(id).addEventListener(name, task, {signal: this.signal});
  }

  buttons() {
    const tasks = {
      dice: () => this.seed(dice()), tile: () => this.tile(), loop: () => this.loop(),
      in: () => this.zoom(STEP), out: () => this.zoom(1 / STEP), link: () => this.copy(),
      save: this.opens.save, info: this.opens.card, full: () => this.full(), back: this.opens.back,
    };
    for (const [id, task] of Object.entries(tasks)) this.on(id, "click", task);
  }

  seeding() {
    this.on("seeding", "submit", (event) => {
      event.preventDefault();
      this.readSeed();
      $("plane").focus();
    });
    this.on("seed", "change", () => this.readSeed());
    this.on("seed", "keydown", (event) => {
      if (event.key !== "Escape") return;
      $("seed").value = this.state.seed;
      $("plane").focus();
    });
  }

  readSeed() {
    try {
      const seed = seedOf($("seed").value);
      if (seed !== this.state.seed) this.seed(seed);
      $("seed").removeAttribute("aria-invalid");
    } catch (error) {
      $("seed").setAttribute("aria-invalid", "true");
      say(sentence(error));
    }
  }

  seed(seed) {
    this.state.seed = seed;
    $("seed").removeAttribute("aria-invalid");
    this.changed();
  }

  tiling() {
    this.on("side", "change", () => {
      this.state.period = $("side").value.split("x").map(Number);
      this.changed();
    });
    this.on("matching", "change", () => {
      this.state.matching = $("matching").checked;
      this.changed();
    });
    this.on("seam", "change", () => this.explorer.look());
  }

  tile() {
    if (this.lacks("tile")) return;
    this.state.tile = !this.state.tile;
    this.state.period ??= [256, 256];
    this.changed();
  }

  /** A tile's side is one that can be; matching tiles are larger. */
  settle() {
    const {state, texture} = this, least = state.matching ? texture.period.border : 0;
    if (!state.tile) return;
    const wanted = state.period, period = possible(wanted, texture.period, least);
    if (String(wanted) !== String(period)) {
      say(`Tiles of this texture ${state.matching ? "that match " : ""}have such sides: now ${period[1]} × ${period[0]}.`);
    }
    state.period = period;
    const sizes = offered(texture.period, least);
    if (!sizes.some((size) => String(size) === String(period))) sizes.push(period);
    $("side").replaceChildren(...sizes.map((size) => {
      const value = size.join("x"), chosen = String(size) === String(period);
      return new Option(`${size[1]} × ${size[0]}`, value, chosen, chosen);
    }));
  }

  views() {
    const {net, state, explorer} = this, box = $("views");
    box.hidden = !explorer.material;
    if (!explorer.material) return;
    const names = ["lit", "ball", ...net.kinds];
    if (!names.includes(state.view)) state.view = "lit";
    box.replaceChildren(...names.map((name) => {
      const input = element("input", {type: "radio", name: "view", value: name, checked: name === state.view});
      input.addEventListener("change", () => {
        state.view = name;
        this.changed();
      });
      return element("label", {}, input, element("span", {textContent: NAMES[name]}));
    }));
  }

  nextView() {
    const inputs = [...$("views").querySelectorAll("input")];
    const next = inputs[(inputs.findIndex((input) => input.checked) + 1) % inputs.length];
    next?.click();
  }

  loop() {
    const {explorer, state} = this;
    if (this.lacks("loop")) return;
    if (state.tile && state.matching) return say("Tiles that match stand still: switch them off to play the loop.");
    explorer.loop.playing = !explorer.loop.playing;
    this.changed();
  }

  zoom(factor) {
    if (this.explorer.ball) return;
    this.explorer.camera.zoom(this.explorer.camera.scale * factor);
    this.explorer.look();
  }

  home() {
    Object.assign(this.explorer.camera, {row: 0, column: 0, scale: this.explorer.ratio});
    this.explorer.look();
  }

  async copy() {
    const link = `${location.href.split("#")[0]}#${writeLink(this.state)}`;
    rewrite(writeLink(this.state));
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      if (!copiedByHand(link)) return say(`The link: ${link}`, true);
    }
    say(`The link to this place is copied.${this.net.unlinked ?? ""}`);
  }

  full() {
    if (document.fullscreenElement) return document.exitFullscreen();
    if (!document.documentElement.requestFullscreen) return say("This browser has no full screen.");
    return document.documentElement.requestFullscreen().catch((error) => say(sentence(error)));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const tasks = {
      d: () => this.seed(dice()), t: () => this.tile(), l: () => this.loop(), s: this.opens.save,
      c: () => this.copy(), i: this.opens.card, f: () => this.full(), m: () => this.nextView(),
      h: () => document.body.classList.toggle("bare"), 0: () => this.home(), "?": () => say($("hints").textContent),
      "+": () => this.zoom(STEP), "=": () => this.zoom(STEP), "-": () => this.zoom(1 / STEP),
      Escape: this.opens.back,
    };
    const task = tasks[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!task) return;
    event.preventDefault();
    task();
  }

  changed() {
    this.settle();
    this.explorer.change();
    this.show();
  }

  /** What is chosen, on the buttons. */
  show() {
    const {state, explorer} = this, playing = explorer.loop.playing;
    if (document.activeElement !== $("seed") || !$("seed").hasAttribute("aria-invalid")) $("seed").value = state.seed;
    pressed("tile", state.tile);
    pressed("loop", playing);
    icon("loop", playing ? "pause" : "play");
    $("tiling").hidden = !state.tile;
    $("matching").checked = state.matching;
    for (const id of ["in", "out"]) $(id).disabled = Boolean(explorer.ball);
  }
}

/** Where a page may not write to the clipboard itself. */
function copiedByHand(text) {
  const field = element("textarea", {value: text, className: "unseen"});
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
