// A page that paints: several nets in one picture, by height, under a mask that a brush changes.

import {load} from "texturenet";
import {blend, Painted} from "texturenet/blend";
import {Strokes} from "./brush.js";
import {HandBrush} from "./hand-brush.js";
import {typing} from "./hands.js";
import {loaded, saved} from "./mask-files.js";
import {PaintedTexture} from "./painted-texture.js";
import {$, element, say, sentence} from "./page.js";
import {download} from "./saving.js";

const RADII = [8, 512], STEPS = 100; // pixels of the plane, and steps of the field between them

export function extra({paint: measures, masks: given}, nets) {
  const settings = {net: 1, radius: 48, softness: 0.5}, masks = new Painted(nets.length, measures.spread);
  const names = nets.map(({name}) => name);
  let sheet = null;
  const net = {
    name: names.join("_"), title: names.join(", "), kinds: [], mean: nets[0].mean, fingerprint: null,
    without: ["tile", "loop"],
    get unlinked() { return masks.bounds() ? " The mask is not in it: save it as a file." : ""; },
    card: cardOf(nets, measures),
    async load(threads) {
      const workers = Math.max(1, Math.floor(threads / nets.length));
      const textures = await Promise.all(nets.map(async (one) => load(await one.bytes(), {workers})));
      return new PaintedTexture(blend(textures, measures), masks, () => settings.net);
    },
  };
  return {
    net,
    begin: (now, signal) => { sheet = new Sheet({now, masks, settings, names, signal, given}); },
    dropped: (file) => sheet?.load([file]),
  };
}

function cardOf(nets, {softness, spread}) {
  const facts = (net) => net.card.filter(([name]) => ["Learnt from", "Licence", "SHA-256"].includes(name)).map(([, text]) => text);
  return [
    ...nets.map((net) => [net.name, facts(net).join(", ")]),
    ["Seen is", "what stands highest, as far as the mask lets it"],
    ["Edges", `${softness} pixels wide; steps of the mask are made even over ${spread}`],
  ];
}

/** A mask that stands in the page, as a file. */
function fileOf(text) {
  return new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], "mask.png");
}

/** The controls of the brush and the mask. */
class Sheet {
  constructor({now, masks, settings, names, signal, given}) {
    Object.assign(this, {now, masks, settings, names, signal, unsaved: false});
    this.strokes = new Strokes(masks, (area) => now.explorer.edited(area));
    this.brush = now.explorer.brush = new HandBrush(now.explorer, this.strokes, settings);
    $("paint").hidden = false;
    this.choices();
    this.fields();
    this.buttons();
    addEventListener("keydown", (event) => this.key(event), {signal});
    addEventListener("keyup", (event) => { if (event.key === " ") this.ended(); }, {signal});
    addEventListener("pointerup", () => setTimeout(() => this.ended()), {signal});
    addEventListener("beforeunload", (event) => { if (this.unsaved) event.preventDefault(); }, {signal});
    signal.addEventListener("abort", () => { $("paint").hidden = $("ring").hidden = true; });
    this.brush.switch(true);
    this.ended();
    if (given.length && !masks.bounds()) this.load(given.map(fileOf), true);
  }

  /** What is painted: every net but the ground, and the ground itself, which erases. */
  choices() {
    const order = [...this.names.keys()].slice(1).concat(0);
    $("palette").replaceChildren(...order.map((net) => {
      const input = element("input", {type: "radio", name: "palette", value: net, checked: net === this.settings.net});
      input.addEventListener("change", () => { this.settings.net = net; this.brush.switch(true); });
      const text = net ? this.names[net] : `Erase to ${this.names[0]}`;
      return element("label", {}, input, element("span", {textContent: text}));
    }));
  }

  choose(net) {
    $("palette").querySelector(`input[value="${net}"]`)?.click();
  }

  fields() {
    const [least, most] = RADII, at = () => (STEPS * Math.log(this.settings.radius / least)) / Math.log(most / least);
    $("radius").value = at();
    $("radius").addEventListener("input", () => this.resize(least * (most / least) ** ($("radius").value / STEPS)), {signal: this.signal});
    $("soft").value = 100 * this.settings.softness;
    $("soft").addEventListener("input", () => { this.settings.softness = $("soft").value / 100; this.tell(); }, {signal: this.signal});
    this.atRadius = at;
    this.tell();
  }

  resize(radius) {
    this.settings.radius = Math.min(RADII[1], Math.max(RADII[0], Math.round(radius)));
    $("radius").value = this.atRadius();
    this.tell();
    this.brush.frame();
  }

  /** Sizes in words, for those who hear the page. */
  tell() {
    $("radius").setAttribute("aria-valuetext", `${2 * this.settings.radius} pixels across`);
    $("soft").setAttribute("aria-valuetext", `${Math.round(100 * this.settings.softness)} percent of it fades`);
  }

  buttons() {
    const tasks = {
      brush: () => this.brush.switch(!this.brush.on), undo: () => this.back("undo"), redo: () => this.back("redo"),
      clear: () => this.clear(), "mask-save": () => this.save(), "mask-load": () => $("mask-file").click(),
    };
    for (const [id, task] of Object.entries(tasks)) $(id).addEventListener("click", task, {signal: this.signal});
    $("mask-file").addEventListener("change", () => {
      this.load($("mask-file").files);
      $("mask-file").value = "";
    }, {signal: this.signal});
  }

  key(event) {
    if (typing(event.target)) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      return this.back(event.shiftKey ? "redo" : "undo");
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow")) this.brush.keyed = true;
    if (event.key === " " && event.target.closest("button, label, input")) return; // whose own key it is
    const tasks = {
      " ": () => this.brush.press(), b: () => this.brush.switch(!this.brush.on), e: () => this.choose(0),
      "[": () => this.resize(this.settings.radius / 1.25), "]": () => this.resize(this.settings.radius * 1.25),
      u: () => this.back("undo"), 1: () => this.choose(1), 2: () => this.choose(2), 3: () => this.choose(3),
    };
    const task = tasks[event.key.toLowerCase()];
    if (!task) return;
    event.preventDefault();
    task();
  }

  /** A stroke may have come to its end. */
  ended() {
    if (this.brush.keyed) this.brush.end();
    $("undo").disabled = !this.strokes.done.length;
    $("redo").disabled = !this.strokes.undone.length;
    $("clear").disabled = $("mask-save").disabled = !this.masks.bounds();
    this.unsaved = this.strokes.done.length > 0 && this.strokes.done.at(-1) !== this.kept;
  }

  back(way) {
    if (!this.strokes[way]()) say(way === "undo" ? "There is nothing to undo." : "There is nothing to do again.");
    this.ended();
  }

  clear() {
    this.strokes.replace(new Map());
    this.ended();
    say("The mask is empty; undo brings it back.");
  }

  async save() {
    try {
      const {files, place} = await saved(this.masks, this.names);
      for (const {blob, net} of files) {
        const which = files.length > 1 ? `_${net + 1}_${this.names[net]}` : "";
        download(blob, `${this.names.join("_")}_mask${which}_at_${place.row}_${place.column}.png`);
      }
      this.kept = this.strokes.done.at(-1);
      this.ended();
      say(`The mask is saved: ${place.width} × ${place.height} pixels, the upper left at row ${place.row}, column ${place.column}.`);
    } catch (error) {
      say(sentence(error));
    }
  }

  /** begin: with the page; its middle lies at the origin, and nothing is said. */
  async load(files, begin = false) {
    try {
      const {camera} = this.now.explorer, middle = begin ? [0, 0] : [camera.row, camera.column];
      const {parts, moved, place} = await loaded(files, this.names.length, middle);
      this.strokes.replace(parts);
      if (begin) this.kept = this.strokes.done.at(-1);
      this.ended();
      if (!begin) say(`The mask lies at row ${place.row}, column ${place.column}${moved ? ", moved to whole cells of 4 pixels" : ""}; undo brings the one before back.`);
    } catch (error) {
      say(sentence(error));
    }
  }
}
