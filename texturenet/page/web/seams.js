// The borders of tiles as lines over the picture, where the seam would be.

import {$} from "./page.js";

export function drawSeams(explorer) {
  const shown = Boolean(explorer?.state.tile && $("seam").checked), seams = $("seams");
  seams.toggleAttribute("hidden", !shown);
  if (!shown) return;
  const {camera, state, canvas} = explorer, ratio = canvas.width / (canvas.clientWidth || 1);
  const {top, left, bottom, right} = camera.window(), [rows, columns] = state.period, lines = [];
  const place = (value, start) => (Math.round((value - start) * camera.scale) / ratio).toFixed(2);
  for (let y = Math.ceil(top / rows) * rows; y < bottom; y += rows) lines.push(`M0 ${place(y, top)}H${canvas.clientWidth}`);
  for (let x = Math.ceil(left / columns) * columns; x < right; x += columns) lines.push(`M${place(x, left)} 0V${canvas.clientHeight}`);
  seams.innerHTML = ["under", "over"].map((name) => `<path class="${name}" d="${lines.join("")}"/>`).join("");
}
