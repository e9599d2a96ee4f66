// The training that runs: the net of the moment, its error, the time that is left, stop and keep.

import { call, lines, newest, sentence } from "./api.js";
import { curve } from "./curve.js";
import { choices, duration, h, put } from "./dom.js";
import { open } from "./engine.js";
import { lighting } from "./lit.js";

const PAUSE = 2500; // milliseconds between two looks for a newer net

/** For one job, as long as it runs. */
export function live(job) {
  const training = job.verb === "train";
  const plane = h("canvas.plane", { role: "img", "aria-label": "What the net draws at this moment", width: 320, height: 320 });
  const lit = h("canvas.plane.lit", { role: "img", "aria-label": "What the net draws at this moment, under a lamp that follows the pointer", width: 320, height: 320, hidden: true });
  const views = h("div");
  const preview = h("img", { alt: "The exemplar on the left, two pictures of the net beside it", hidden: true });
  const graph = h("canvas.curve", { role: "img", "aria-label": "The error over the steps" });
  const drawn = training ? curve(graph) : null;
  const facts = Object.fromEntries(["Step", "Error", "Time left"].map((name) => [name, h("dd", {}, "–")]));
  const fill = h("i");
  const bar = h("div.bar.open", { role: "progressbar", "aria-label": job.title, "aria-valuemin": 0, "aria-valuemax": 100 }, fill);
  const told = h("p.small.soft", { role: "status" }, "It begins: libraries are loaded, the photograph is read.");
  const problem = h("p.error.small", { role: "alert" });
  const buttons = h("div.row");
  let mark = "";
  let over = false;
  let texture = null;
  let lamp; // of a material; null where there is no light
  let view = "lit";

  const act = (what) => async () => {
    problem.textContent = "";
    try {
      const { path } = await call(`api/jobs/${job.number}/${what}`, {});
      if (path) told.textContent = `Kept: ${path}`;
    } catch (error) {
      problem.textContent = sentence(error.message);
    }
  };
  const stop = h("button", { type: "button", on: { click: act("stop") } }, training ? "Stop and keep" : "Stop");
  const keep = h("button", { type: "button", on: { click: act("keep") } }, "Keep this moment");
  const kill = h("button.quiet.danger", { type: "button", hidden: true, on: { click: act("kill") } }, "End it at once");
  put(buttons, stop, training ? keep : null, kill);

  async function look() {
    if (over) return;
    try {
      await draw();
    } catch (error) {
      await picture(error);
    }
    if (!over) setTimeout(look, document.hidden ? 4 * PAUSE : PAUSE);
  }

  async function draw() {
    const found = await newest(`api/jobs/${job.number}/moment`, mark);
    if (!found) return;
    const next = await open(found.data, 1);
    texture?.dispose?.();
    texture = next;
    if (texture.material) await offerLight();
    await show();
    mark = found.mark;
    for (const canvas of [plane, lit]) canvas.dataset.drawn = mark;
  }

  async function show() {
    const shining = Boolean(lamp) && view === "lit";
    lit.hidden = !shining;
    plane.hidden = shining;
    preview.hidden = true;
    const canvas = shining ? lit : plane;
    const side = Math.min(384, Math.round((canvas.clientWidth || 320) * Math.min(devicePixelRatio || 1, 1.5)));
    const square = { seed: 0, row: 0, column: 0, width: side, height: side };
    if (shining) return lamp.show(await texture.maps(square));
    const image = await texture.render(square);
    plane.width = plane.height = side;
    plane.getContext("2d").putImageData(image, 0, 0);
    return null;
  }

  async function offerLight() {
    if (lamp !== undefined) return;
    lamp = await lighting(lit);
    if (lamp) put(views, choices("What is shown of the material", [["lit", "Lit"], ["colour", "Colour"]], view, (chosen) => {
      view = chosen;
      show().catch(() => {}); // the next look shows it
    }));
  }

  /** Where the browser cannot draw the net itself: what the training wrote. */
  async function picture(error) {
    const found = await newest(`api/jobs/${job.number}/preview`, mark).catch(() => null);
    if (!found) return;
    mark = found.mark;
    URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(new Blob([found.data], { type: found.type }));
    preview.hidden = false;
    plane.hidden = lit.hidden = true;
    told.textContent = error.message;
  }

  function progress(now) {
    const { what, done, total, seconds, step, steps, error } = now;
    const share = total ? done / total : 0;
    bar.classList.toggle("open", !total);
    fill.style.width = `${100 * share}%`;
    bar.setAttribute("aria-valuenow", Math.round(100 * share));
    facts.Step.textContent = training ? (steps ? `${step}/${steps}` : step ?? "–") : `${Math.round(100 * share)} %`;
    facts.Error.textContent = error ? error.toFixed(3) : "–";
    facts["Time left"].textContent = share > 0.01 ? duration((seconds / share) * (1 - share)) : "–";
    told.textContent = done >= total ? "Almost done: what was made is written and judged." : sentence(what);
    drawn?.add(now);
  }

  function state(now) {
    const stopping = now.state === "stopping";
    stop.disabled = stopping;
    keep.disabled = stopping;
    kill.hidden = !stopping;
    if (stopping) told.textContent = "Stopping after this step; then the net is written and judged.";
  }

  if (training) {
    look();
    lines(`api/jobs/${job.number}/steps`).then((all) => {
      drawn.restart(all);
      if (all.length) progress(all.at(-1));
    }).catch(() => {});
  }
  if (job.progress) progress(job.progress);
  state(job);
  const names = training ? Object.entries(facts) : [["Done", facts.Step], ["Time left", facts["Time left"]]];
  return {
    node: h("div.live", {}, training ? [plane, lit, preview, views] : null, h("dl.facts", {}, names.map(([name, value]) => h("div", {}, h("dt", {}, name), value))), bar, training ? graph : null, told, buttons, problem),
    progress,
    state,
    end() {
      over = true;
      texture?.dispose?.();
      if (preview.src) URL.revokeObjectURL(preview.src);
    },
  };
}
