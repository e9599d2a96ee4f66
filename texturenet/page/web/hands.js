// Fingers, mouse, wheel and keys -> the explorer's camera. Two fingers zoom; a throw glides on.

const KEY_SPEED = 700; // pixels of the screen a second
const ARROWS = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};

/**
 * canvas: of the explorer; lit: (point) -> moves the lamp; signal: ends all of it.
 */
export function hands(canvas, explorer, lit, signal) {
  drags(canvas, explorer, lit);
  arrows(explorer, signal);
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (explorer.ball) return;
    const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const steps = Math.max(-240, Math.min(240, event.deltaY * lines));
    explorer.camera.zoom(explorer.camera.scale * Math.exp(-steps * (event.ctrlKey ? 0.01 : 0.002)), pointOf(event));
    explorer.look();
  }, {passive: false});
}

function pointOf({clientX, clientY}) {
  const ratio = devicePixelRatio || 1;
  return [clientY * ratio, clientX * ratio];
}

function drags(canvas, explorer, lit) {
  const held = new Map(); // pointers that are down, and where they were last
  let trail = []; // of one pointer: [ms, down, right]
  canvas.addEventListener("pointerdown", (event) => {
    const {brush} = explorer;
    if (event.button > (brush ? 1 : 0)) return;
    canvas.setPointerCapture(event.pointerId);
    if (brush && !held.size && event.button === 0) brush.begin(pointOf(event));
    else brush?.cancel(); // two fingers move the plane
    canvas.classList.add("held");
    held.set(event.pointerId, pointOf(event));
    trail = [];
    explorer.speed = [0, 0];
  });
  canvas.addEventListener("pointermove", (event) => {
    lit(pointOf(event));
    explorer.brush?.hover(pointOf(event));
    const before = held.get(event.pointerId);
    if (!before) return;
    const point = pointOf(event), other = [...held].find(([id]) => id !== event.pointerId)?.[1];
    if (explorer.brush?.painting) explorer.brush.move(event.getCoalescedEvents?.().map(pointOf) ?? [], point);
    else if (other) pinch(explorer, before, point, other);
    else drag(explorer, before, point);
    held.set(event.pointerId, point);
    trail.push([event.timeStamp, ...point]);
    trail = trail.filter(([ms]) => event.timeStamp - ms < 90);
    explorer.look();
  });
  const release = (event) => {
    if (!held.delete(event.pointerId)) return;
    if (explorer.brush?.end()) trail = [];
    if (!held.size) canvas.classList.remove("held");
    if (!held.size) thrown(explorer, trail, event.timeStamp);
    trail = [];
  };
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) canvas.addEventListener(name, release);
}

function drag(explorer, before, point) {
  const [down, right] = [before[0] - point[0], before[1] - point[1]];
  if (!explorer.ball) return explorer.camera.move(down, right);
  const side = Math.min(explorer.camera.width, explorer.camera.height);
  explorer.turned = [explorer.turned[0] + right / side, explorer.turned[1] + down / side];
}

function pinch(explorer, before, point, other) {
  if (explorer.ball) return;
  const apart = (a) => Math.hypot(a[0] - other[0], a[1] - other[1]) || 1;
  const middle = (a) => [(a[0] + other[0]) / 2, (a[1] + other[1]) / 2];
  const [from, to] = [middle(before), middle(point)];
  explorer.camera.move(from[0] - to[0], from[1] - to[1]);
  explorer.camera.zoom((explorer.camera.scale * apart(point)) / apart(before), to);
}

function thrown(explorer, trail, now) {
  const first = trail[0], last = trail.at(-1);
  if (explorer.still || explorer.ball || trail.length < 2 || now - last[0] > 40) return;
  const seconds = Math.max(0.016, (last[0] - first[0]) / 1000);
  explorer.speed = [1, 2].map((axis) => (first[axis] - last[axis]) / seconds);
  explorer.look();
}

function arrows(explorer, signal) {
  const down = new Set();
  const push = () => {
    const sum = [0, 0];
    for (const key of down) ARROWS[key].forEach((way, axis) => { sum[axis] += way; });
    explorer.pushed = down.size > 0;
    explorer.speed = sum.map((way) => way * KEY_SPEED * explorer.ratio);
    explorer.look();
  };
  addEventListener("keydown", (event) => {
    if (!ARROWS[event.key] || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.target.type === "radio") return; // whose own keys these are
    event.preventDefault();
    if (!down.has(event.key)) explorer.camera.move(...ARROWS[event.key].map((way) => way * 24 * explorer.ratio));
    down.add(event.key);
    push();
  }, {signal});
  addEventListener("keyup", (event) => { if (down.delete(event.key)) push(); }, {signal});
  addEventListener("blur", () => { down.clear(); push(); }, {signal});
}

/** Whether keys are meant for a field, and not for the picture. */
export function typing(target) {
  return Boolean(target?.closest?.("input:not([type=checkbox], [type=radio]), select, textarea, dialog[open]"));
}
