// The photograph, with what is taken of it drawn on it: a box, or four corners. By hand or by keys.

import { h, put, svg } from "./dom.js";

const NAMES = ["upper left", "upper right", "lower right", "lower left"];
const clamp = (value, most) => Math.min(Math.max(0, Math.round(value)), most);

/**
 * facts: of the source, with size [height, width] in pixels of the file.
 * changed({mode, crop, corners}): crop [top,left,height,width], corners [[row,column] x 4] clockwise.
 */
export function pictureEditor(facts, changed) {
  const [height, width] = facts.size;
  const now = { mode: "whole", crop: inset(0.1), corners: quad(0.12), size: null };
  const overlay = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" });
  const picture = h("img", { src: `api/sources/${facts.source}/view`, alt: `The photograph ${facts.name}, ${height} by ${width} pixels`, draggable: "false" });
  const inner = h("div", {}, picture, overlay);
  const node = h("div.editor", {}, inner);
  inner.style.maxWidth = `${Math.round((560 * width) / height)}px`;
  let unit = 1; // pixels of the file for one of the page

  function inset(share) {
    return [height * share, width * share, height * (1 - 2 * share), width * (1 - 2 * share)].map(Math.round);
  }
  function quad(share) {
    const [top, left, high, wide] = inset(share);
    return [[top, left], [top, left + wide], [top + high, left + wide], [top + high, left]];
  }
  const corners = () => {
    if (now.mode === "corners") return now.corners;
    const [top, left, high, wide] = now.mode === "crop" ? now.crop : [0, 0, height, width];
    return [[top, left], [top, left + wide], [top + high, left + wide], [top + high, left]];
  };

  function move(index, row, column) {
    row = clamp(row, height);
    column = clamp(column, width);
    if (now.mode === "corners") now.corners = now.corners.map((corner, at) => (at === index ? [row, column] : corner));
    else {
      let [top, left, high, wide] = now.crop;
      let bottom = top + high;
      let right = left + wide;
      if (index < 2) top = Math.min(row, bottom - 16); else bottom = Math.max(row, top + 16);
      if (index === 0 || index === 3) left = Math.min(column, right - 16); else right = Math.max(column, left + 16);
      now.crop = [top, left, bottom - top, right - left];
    }
    draw();
  }

  function shift(rows, columns, from) {
    if (now.mode === "crop") {
      const [, , high, wide] = from;
      now.crop = [clamp(from[0] + rows, height - high), clamp(from[1] + columns, width - wide), high, wide];
    } else now.corners = from.map(([row, column]) => [clamp(row + rows, height), clamp(column + columns, width)]);
    draw();
  }

  function place(event) {
    const box = overlay.getBoundingClientRect();
    return [((event.clientY - box.top) / box.height) * height, ((event.clientX - box.left) / box.width) * width];
  }

  function drag(event, act) {
    event.preventDefault();
    const start = place(event);
    const follow = (next) => act(place(next), start);
    const end = () => {
      removeEventListener("pointermove", follow);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      changed(now);
    };
    addEventListener("pointermove", follow);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  function keys(event, index) {
    const step = event.shiftKey ? 10 : 1;
    const by = { ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step] }[event.key];
    if (!by) return;
    event.preventDefault();
    const [row, column] = corners()[index];
    move(index, row + by[0], column + by[1]);
    changed(now);
  }

  function draw() {
    const held = [...overlay.querySelectorAll(".grip")].indexOf(document.activeElement);
    redraw();
    if (held >= 0) overlay.querySelectorAll(".grip")[held]?.focus();
  }

  function redraw() {
    unit = width / (overlay.clientWidth || 600);
    if (now.mode === "whole") return put(overlay, sizeMark());
    const points = corners();
    const line = points.map(([row, column]) => `${column},${row}`).join(" ");
    const hole = `M0 0H${width}V${height}H0Z M${points.map(([row, column]) => `${column} ${row}`).join("L")}Z`;
    return put(overlay,
      svg("path", { class: "shade", d: hole, "fill-rule": "evenodd" }),
      svg("polygon", { class: "edge", points: line, on: { pointerdown: (event) => {
        const from = now.mode === "crop" ? [...now.crop] : now.corners.map((corner) => [...corner]);
        drag(event, (at, start) => shift(at[0] - start[0], at[1] - start[1], from));
      } } }),
      sizeMark(),
      points.map(([row, column], index) => [
        svg("circle", { class: "reach", cx: column, cy: row, r: 22 * unit, on: { pointerdown: (event) => drag(event, (at) => move(index, ...at)) } }),
        svg("circle", { class: "grip", cx: column, cy: row, r: 7 * unit, tabindex: 0, role: "slider",
          "aria-label": `${NAMES[index]} corner`, "aria-valuenow": Math.round(row), "aria-valuetext": `row ${row}, column ${column}`,
          on: { pointerdown: (event) => drag(event, (at) => move(index, ...at)), keydown: (event) => keys(event, index) } }),
      ]).flat());
  }

  /** How much of the picture one picture trained on holds. */
  function sizeMark() {
    if (!now.size || now.mode === "corners") return null;
    const [top, left, high, wide] = now.mode === "crop" ? now.crop : [0, 0, height, width];
    const side = Math.min(now.size * Math.min(high, wide), high, wide);
    return svg("rect", { class: "size", x: left + (wide - side) / 2, y: top + (high - side) / 2, width: side, height: side });
  }

  new ResizeObserver(draw).observe(inner);
  draw();
  return {
    node,
    now,
    show(change) {
      Object.assign(now, change);
      draw();
    },
  };
}
