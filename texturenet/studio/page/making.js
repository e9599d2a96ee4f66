// What can be made of a net: pictures, tiles, films, maps for programs, and what it makes together
// with others. Each order is a job.

import { call, sentence } from "./api.js";
import { choices, commandLine, field, h, later, number, put, select, toggle } from "./dom.js";
import { painting } from "./painting.js";
import { repeating } from "./repeating.js";
import { together } from "./together.js";

const PRESETS = ["plain", "blender", "unreal", "unity_urp", "unity_hdrp", "godot", "gltf", "materialx", "substance"];
const MOTIONS = [["loop", "Loop"], ["interpolate", "From seed to seed"], ["pan", "Pan"]];
const FILES = [[".mp4", "MP4"], [".webm", "WebM"], [".gif", "GIF"], [".webp", "WebP"]];
const NAMED = PRESETS.map((name) => [name, name.replace("_", " ")]);
const SEVERAL = ["tileset", "blend", "paint"];

export function making() {
  const now = { kind: "picture", seed: "0", place: [0, 0], here: true, height: 512, width: 512, side: 512, tile: [512, 512], count: 1, matching: false, motion: "loop", seconds: 4, fps: 30, suffix: ".mp4", preset: "plain", period: "none", turn: 0, octaves: 0, more: "" };
  let net = null;
  const form = h("div.stack");
  const line = h("div.stack");
  const problem = h("p.error", { role: "alert" });
  const node = h("div.card", { hidden: true });
  const others = together(plan, redraw);
  const landscape = painting(plan, redraw);

  /** What is ordered; null where something has to be chosen first. */
  function said() {
    const values = { seed: now.seed };
    if (SEVERAL.includes(now.kind)) {
      const order = now.kind === "paint" ? landscape.said() : others.said(now.kind);
      return order && { ...order, values: { ...values, ...order.values }, more: now.more };
    }
    let verb = "sample";
    if (now.kind === "picture") {
      Object.assign(values, { size: [now.height, now.width], count: now.count });
      if (now.turn || now.octaves) values.field = `${now.turn},${now.octaves}`;
      if (now.here && (now.place[0] || now.place[1])) values.origin = now.place;
    } else if (now.kind === "tile") {
      Object.assign(values, { size: now.tile, tile: "xy", count: now.count });
      if (now.matching) values.matching = true;
    } else if (now.kind === "maps") {
      Object.assign(values, { size: now.period === "xy" ? now.tile : now.side, preset: now.preset, tile: now.period });
    } else {
      verb = "film";
      Object.assign(values, { kind: now.motion, size: now.side, seconds: now.seconds, fps: now.fps, suffix: now.suffix });
      if (now.motion === "pan") values.path = [[0, 0], [0, 60 * now.seconds]];
    }
    return { verb, model: net.model, values };
  }

  const planLater = later(async () => {
    const order = net && said();
    problem.textContent = "";
    if (!order) return put(line);
    try {
      const { command } = await call("api/command", order);
      put(line, commandLine(command));
      problem.textContent = "";
    } catch (error) {
      put(line);
      problem.textContent = sentence(error.message);
    }
    return null;
  }, 250);

  function plan() {
    make.disabled = !net || !said();
    planLater();
  }
  /** New fields; what had the focus has it still. */
  function redraw() {
    const inputs = () => [...form.querySelectorAll("input, select, button")];
    const at = inputs().indexOf(document.activeElement);
    put(form, fields());
    if (at >= 0) inputs()[at]?.focus();
    plan();
  }

  const set = (key) => (value) => {
    now[key] = value ?? now[key];
    plan();
  };
  const side = () => field("Side, pixels", number(now.side, 16, 16384, set("side")));
  function tileSide(label, at) {
    const input = number(now.tile[at], net.period[at], 16384, (value) => {
      now.tile = now.tile.map((before, each) => (each === at ? repeating(net.period[at], value ?? before) : before));
      input.value = now.tile[at];
      plan();
    }, { step: net.period[at] });
    return field(label, input);
  }
  const count = () => field("How many", number(now.count, 1, 1000, set("count")));

  /** Of nets that were trained to be turned or to change their size. */
  function steering() {
    if (!net.turns && !net.sizes) return null;
    const [least, most] = net.sizes ?? [0, 0];
    return [h("div.fields", {}, net.turns ? field("Turned by, degrees", number(now.turn, -360, 360, set("turn"), { step: "any" })) : null,
      net.sizes ? field("Larger by, octaves", number(now.octaves, least, most, set("octaves"), { step: "any" })) : null),
    h("p.small.soft", {}, "This net can be told; the view shows it as its exemplar lies.")];
  }

  const several = () => [now.kind === "paint" ? landscape.fields() : others.fields(now.kind, NAMED),
    field(`More keys, as texturenet ${now.kind} takes them`, h("input", { ".value": now.more, placeholder: now.kind === "paint" ? "wander=8 spread=32" : "softness=4", autocomplete: "off", spellcheck: "false", on: { change: (event) => set("more")(event.target.value) } }))];

  function fields() {
    if (SEVERAL.includes(now.kind)) return several();
    if (now.kind === "picture") {
      return [h("div.fields", {}, field("Height, pixels", number(now.height, 1, 100000, set("height"))), field("Width, pixels", number(now.width, 1, 100000, set("width"))), count()),
        toggle("From where the view is", "otherwise from row 0, column 0", now.here, set("here")), steering()];
    }
    if (now.kind === "tile") {
      return [h("div.fields", {}, tileSide("Height, pixels", 0), tileSide("Width, pixels", 1), count()), toggle("Matching", "different tiles that fit beside each other", now.matching, set("matching")),
        h("p.small.soft", {}, `This net repeats at multiples of ${net.period[0]} pixels down and ${net.period[1]} across.`)];
    }
    if (now.kind === "maps") {
      return [h("div.fields", {}, side(), field("For", select(NAMED, now.preset, set("preset"))),
        field("Repeats", select([["none", "no"], ["xy", "both ways"]], now.period, set("period"))))];
    }
    return [h("div.fields", {}, field("Motion", select(MOTIONS, now.motion, set("motion"))), side(), field("Seconds", number(now.seconds, 0.1, 600, set("seconds"), { step: "any" })),
      field("Frames a second", number(now.fps, 1, 120, set("fps"))), field("File", select(FILES, now.suffix, set("suffix"))))];
  }

  const make = h("button.main", { type: "button", id: "make", on: { click: async () => {
    make.disabled = true;
    try {
      await call("api/jobs", said());
      problem.textContent = "";
      document.querySelector("#jobs").scrollIntoView({ block: "nearest" });
    } catch (error) {
      problem.textContent = sentence(error.message);
    }
    make.disabled = !said();
  } } }, "Make it");

  function draw() {
    node.hidden = !net;
    if (!net) return;
    if (now.kind === "maps" && !net.maps) now.kind = "picture";
    const kinds = [["picture", "Picture"], ["tile", "Tile"], ["film", "Film"], ["maps", "Maps", null, !net.maps], ["tileset", "Tile set"], ["blend", "Blend"], ["paint", "Landscape"]];
    put(node, h("h3", {}, "Make"), choices("What is to be made", kinds, now.kind, (kind) => {
      now.kind = kind;
      now.more = "";
      redraw();
    }), form, h("div.row", {}, make), problem, line);
    redraw();
  }

  return {
    node,
    net(chosen) {
      net = chosen;
      others.net(net);
      landscape.net(net);
      Object.assign(now, { turn: 0, octaves: 0 });
      now.tile = net.period.map((period) => repeating(period, 512));
      draw();
    },
    seed(value) {
      now.seed = value;
      plan();
    },
    place(row, column) {
      now.place = [row, column];
      if (now.kind === "picture") plan();
    },
    tile(on) {
      if (on && now.kind === "picture") {
        now.kind = "tile";
        draw();
      }
    },
  };
}
