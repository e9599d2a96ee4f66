// The loss of a training, drawn on a canvas: a line over steps, with the last value.

const MOST = 500; // points that are kept

export function curve(node) {
  let points = []; // [step, error]
  let last = 0;

  function add({ step, steps, error }) {
    if (!Number.isFinite(step) || !(error > 0)) return;
    last = steps || last;
    points.push([step, error]);
    if (points.length > MOST) points = points.filter((_, at) => at % 2 === 0 || at > MOST - 40);
  }

  function draw() {
    const ratio = devicePixelRatio || 1;
    const wide = node.clientWidth || 300;
    const high = node.clientHeight || 96;
    node.width = wide * ratio;
    node.height = high * ratio;
    const pen = node.getContext("2d");
    pen.scale(ratio, ratio);
    const style = getComputedStyle(node);
    const colour = (name) => style.getPropertyValue(name).trim();
    pen.strokeStyle = colour("--line");
    pen.beginPath();
    pen.moveTo(0, high - 16.5);
    pen.lineTo(wide, high - 16.5);
    pen.stroke();
    pen.fillStyle = colour("--soft");
    pen.font = "11px system-ui, sans-serif";
    pen.fillText("error, logarithmic", 0, high - 4);
    pen.textAlign = "right";
    pen.fillText(last ? `step ${last}` : "", wide, high - 4);
    if (points.length < 2) return;
    const logs = points.map(([, error]) => Math.log(error));
    const low = Math.min(...logs);
    const span = Math.max(...logs) - low || 1;
    const end = Math.max(last, points.at(-1)[0]);
    pen.beginPath();
    points.forEach(([step], at) => {
      const x = (step / end) * (wide - 4) + 2;
      const y = 4 + (1 - (logs[at] - low) / span) * (high - 28);
      if (at) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    });
    pen.strokeStyle = colour("--accent");
    pen.lineWidth = 1.75;
    pen.lineJoin = "round";
    pen.stroke();
  }

  new ResizeObserver(draw).observe(node);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  return {
    add(facts) {
      add(facts);
      draw();
    },
    restart(all) {
      points = [];
      all.forEach(add);
      draw();
    },
  };
}
