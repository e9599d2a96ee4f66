// What can be made of a net: pictures, tiles, films, and maps for programs. Each order is a job.

import { call, sentence } from "./api.js";
import { choices, commandLine, field, h, later, number, put, select, toggle } from "./dom.js";

const PRESETS = ["plain", "blender", "unreal", "unity_urp", "unity_hdrp", "godot", "gltf", "materialx", "substance"];
const MOTIONS = [["loop", "Loop"], ["interpolate", "From seed to seed"], ["pan", "Pan"]];
const FILES = [[".mp4", "MP4"], [".webm", "WebM"], [".gif", "GIF"], [".webp", "WebP"]];

/** The size nearest to one that is wanted, of those that a net can repeat at. */
export const repeating = (period, wanted) => Math.max(1, Math.round(wanted / period)) * period;

export function making() {
  const now = { kind: "picture", seed: "0", place: [0, 0], here: true, height: 512, width: 512, side: 512, tile: [512, 512], count: 1, matching: false, motion: "loop", seconds: 4, fps: 30, suffix: ".mp4", preset: "plain", period: "none" };
  let net = null;
  const form = h("div.stack");
  const line = h("div.stack");
  const problem = h("p.error", { role: "alert" });
  const node = h("div.card", { hidden: true });

  function said() {
    const values = { seed: now.seed };
    let verb = "sample";
    if (now.kind === "picture") {
      Object.assign(values, { size: [now.height, now.width], count: now.count });
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

  const plan = later(async () => {
    if (!net) return;
    try {
      const { command } = await call("api/command", said());
      put(line, commandLine(command));
      problem.textContent = "";
    } catch (error) {
      put(line);
      problem.textContent = sentence(error.message);
    }
  }, 250);

  const set = (key) => (value) => {
    now[key] = value ?? now[key];
    plan();
  };
  const side = () => field("Side, pixels", number(now.side, 16, 16384, set("side")));
  const tileSide = (label, at) => field(label, number(now.tile[at], net.period[at], 16384, (value) => {
    now.tile = now.tile.map((before, each) => (each === at ? repeating(net.period[at], value ?? before) : before));
    put(form, fields());
    plan();
  }, { step: net.period[at] }));
  const count = () => field("How many", number(now.count, 1, 1000, set("count")));

  function fields() {
    if (now.kind === "picture") {
      return [h("div.fields", {}, field("Height, pixels", number(now.height, 1, 100000, set("height"))), field("Width, pixels", number(now.width, 1, 100000, set("width"))), count()),
        toggle("From where the view is", "otherwise from row 0, column 0", now.here, set("here"))];
    }
    if (now.kind === "tile") {
      return [h("div.fields", {}, tileSide("Height, pixels", 0), tileSide("Width, pixels", 1), count()), toggle("Matching", "different tiles that fit beside each other", now.matching, set("matching")),
        h("p.small.soft", {}, `This net repeats at multiples of ${net.period[0]} pixels down and ${net.period[1]} across.`)];
    }
    if (now.kind === "maps") {
      return [h("div.fields", {}, side(), field("For", select(PRESETS.map((name) => [name, name.replace("_", " ")]), now.preset, set("preset"))),
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
    make.disabled = false;
  } } }, "Make it");

  function draw() {
    node.hidden = !net;
    if (!net) return;
    if (now.kind === "maps" && !net.maps) now.kind = "picture";
    put(form, fields());
    const kinds = [["picture", "Picture"], ["tile", "Tile"], ["film", "Film"], ["maps", "Maps", null, !net.maps]];
    put(node, h("h3", {}, "Make"), choices("What is to be made", kinds, now.kind, (kind) => {
      now.kind = kind;
      put(form, fields());
      plan();
    }), form, h("div.row", {}, make), problem, line);
    plan();
  }

  return {
    node,
    net(chosen) {
      net = chosen;
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
