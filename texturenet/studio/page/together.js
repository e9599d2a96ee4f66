// What is made of several nets: tile sets and blends. Fields on one side, an order on the other.

import { choices, field, h, number, select, toggle } from "./dom.js";
import { beside, called } from "./nets.js";
import { picked } from "./picked.js";
import { repeating } from "./repeating.js";
import { state } from "./state.js";

const SETS = [["corner", "by corners"], ["blob", "by neighbours (blob)"]];
const WAYS = [["height", "What stands higher is seen"], ["weights", "One becomes the other"]];
const WHERE = [["right", "Left to right"], ["down", "Top to bottom"], ["picture", "A picture"]];
const LARGEST = 1024; // pixels of a tile

const common = (a, b) => (b ? common(b, a % b) : a);
/** What the sides of tiles of some nets are multiples of: only regular textures have a period. */
export const sideStep = (nets) => nets.flatMap((net) => net.waves ?? []).reduce((step, each) => (step * each) / common(step, each), 1);

/** changed(): the order is another; drawn(): so are the fields. */
export function together(changed, drawn) {
  const now = { second: "", third: "", set: "corner", side: 64, variants: 4, files: false, preset: "", height: 512, width: 512, where: "right", spread: 32, way: "height", invert: new Set() };
  const mask = picked("mask", "Choose a mask", () => changed());
  let first = null;

  const find = (model) => state.nets.find((net) => net.model === model);
  const isSet = (kind) => kind === "tileset";
  const third = (kind) => (isSet(kind) && now.set === "corner" ? find(now.third) : null);
  const nets = (kind) => [first, find(now.second), third(kind)].filter(Boolean);
  const kin = () => Boolean(first.root) && first.root === find(now.second)?.root;
  const set = (key) => (value) => {
    now[key] = value ?? now[key];
    changed();
  };
  const anew = (key) => (value) => {
    now[key] = value ?? now[key];
    drawn();
  };

  /** Nets of other names: before the others those of its kind, then of its family, and of other exemplars. */
  function others() {
    const near = (net) => 4 * (net.maps === first.maps) + 2 * (net.exemplar !== first.exemplar) + (Boolean(first.root) && net.root === first.root);
    return beside(state.nets, [first]).sort((a, b) => near(b) - near(a));
  }

  function tidy(kind) {
    const free = others();
    if (!free.some((net) => net.model === now.second)) now.second = free[0]?.model ?? "";
    if (find(now.third)?.name === find(now.second)?.name || find(now.third)?.name === first.name) now.third = "";
    if (!kin()) now.way = "height";
    if (isSet(kind)) now.side = Math.min(Math.max(16, repeating(sideStep(nets(kind)), now.side)), Math.max(LARGEST, sideStep(nets(kind))));
    if (!nets(kind).every((net) => net.maps)) now.preset = "";
  }

  const choice = (label, list, key) => field(label, select(list.map((net) => [net.model, called(net)]), now[key], anew(key)));
  function turned(kind) {
    if (!isSet(kind) && now.way !== "height") return null;
    return nets(kind).map((net) => toggle(`Dark parts of ${called(net)} stand high`, null, now.invert.has(net.model), (on) => {
      now.invert[on ? "add" : "delete"](net.model);
      changed();
    }));
  }
  const maps = (kind, presets) => (nets(kind).every((net) => net.maps)
    ? field("Maps for", select([["", "colour alone"], ...presets], now.preset, set("preset"))) : null);

  function side(step) {
    const input = number(now.side, Math.max(step, 16), LARGEST, (value) => {
      now.side = repeating(step, value ?? now.side);
      input.value = now.side;
      changed();
    }, { step });
    return field("Side, pixels", input);
  }

  function tiles(presets) {
    const step = sideStep(nets("tileset"));
    const more = [{ model: "", name: "none" }, ...beside(others(), [find(now.second)].filter(Boolean))];
    return [h("div.fields", {}, choice("With", others(), "second"), now.set === "corner" ? choice("And with", more, "third") : null,
      field("Tiles", select(SETS, now.set, anew("set")))),
    h("div.fields", {}, side(step), field("Variants", number(now.variants, 1, 64, set("variants"))), maps("tileset", presets)),
    turned("tileset"), toggle("Every tile as a file too", "otherwise one sheet, and what Tiled and Godot read with it", now.files, set("files")),
    step > 1 ? h("p.small.soft", {}, `These nets repeat: sides of tiles are multiples of ${step} pixels.`) : null];
  }

  function blending(presets) {
    const second = find(now.second);
    return [h("div.fields", {}, choice("With", others(), "second"), field("Height, pixels", number(now.height, 1, 100000, set("height"))), field("Width, pixels", number(now.width, 1, 100000, set("width"))), maps("blend", presets)),
      choices("Where each of them is", WHERE, now.where, anew("where")),
      now.where === "picture" ? [mask.node, h("p.small.soft", {}, `White is ${called(first)}, black is ${second ? called(second) : "the other"}; the mask is stretched over the picture.`)] : null,
      kin() ? choices("How they meet", WAYS, now.way, anew("way")) : null, turned("blend"),
      h("div.fields", {}, field("Steps of the mask are made even over, pixels", number(now.spread, 0, 512, set("spread"))))];
  }

  function values(kind) {
    const own = isSet(kind) ? { kind: now.set, side: now.side, variants: now.variants, files: now.files }
      : { size: [now.height, now.width], spread: now.spread, way: now.way, ...(now.where === "picture" ? {} : { mask: now.where }) };
    const invert = nets(kind).map((net) => net.model).filter((model) => now.invert.has(model));
    if (invert.length && (isSet(kind) || now.way === "height")) own.invert = invert;
    if (now.preset) own.preset = now.preset;
    return own;
  }

  return {
    net(chosen) {
      first = chosen;
      now.invert = new Set();
    },
    fields(kind, presets) {
      tidy(kind);
      return (isSet(kind) ? tiles : blending)(presets);
    },
    /** null: something has to be chosen first. */
    said(kind) {
      if (nets(kind).length < 2 || (kind === "blend" && now.where === "picture" && !mask.facts)) return null;
      const order = { verb: kind, models: nets(kind).map((net) => net.model), values: values(kind) };
      if (kind === "blend" && now.where === "picture") order.source = mask.facts.source;
      return order;
    },
  };
}
