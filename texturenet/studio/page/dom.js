// Elements, and words for numbers.

/** An element. props: attributes, `on` {event: function}, or properties with a leading dot. */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name || "div");
  if (classes.length) node.className = classes.join(" ");
  set(node, props);
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function svg(tag, props = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(node, props);
  node.append(...children.flat(9).filter(Boolean));
  return node;
}

function set(node, props) {
  for (const [key, value] of Object.entries(props)) {
    if (key === "on") {
      for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    } else if (key.startsWith(".")) node[key.slice(1)] = value;
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
}

export const put = (node, ...children) => {
  node.replaceChildren(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
};

/** A field with its label. */
export const field = (label, input) => h("label.field", {}, label, input);

export function number(value, least, most, change, props = {}) {
  return h("input", {
    type: "number", ".value": value, min: least, max: most, inputmode: "numeric", ...props,
    on: { change: (event) => change(event.target.value === "" ? null : Number(event.target.value)) },
  });
}

export function select(options, value, change, props = {}) {
  return h("select", { ...props, on: { change: (event) => change(event.target.value) } },
    options.map(([key, label]) => h("option", { value: key, ".selected": key === value }, label)));
}

let groups = 0;

/** One of a few: [[key, label, below]]. */
export function choices(legend, options, value, change) {
  const name = `choice${groups++}`;
  return h("fieldset", {}, h("legend.unseen", {}, legend), h("div.choices", {},
    options.map(([key, label, below, off]) => h("label", {},
      h("input", { type: "radio", name, value: key, ".checked": key === value, ".disabled": Boolean(off),
        on: { change: () => change(key) } }),
      h("span", {}, label, below ? h("small", {}, below) : null)))));
}

export function toggle(label, below, on, change) {
  return h("label.switch", {}, h("input", { type: "checkbox", role: "switch", ".checked": on,
    on: { change: (event) => change(event.target.checked) } }), h("span", {}, label),
  below ? h("small", {}, below) : null);
}

/** The command that would do the same, to be copied. */
export function commandLine(text) {
  const copy = h("button.quiet", { type: "button", on: { click: async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Select it by hand";
    }
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  } } }, "Copy");
  return h("div.line", {}, h("code", {}, text), copy);
}

export function bytes(count) {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} MB`;
  return `${Math.max(1, Math.round(count / 1e3))} kB`;
}

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export function when(seconds) {
  const date = new Date(seconds * 1000);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString([], today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}

export function later(act, milliseconds) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), milliseconds);
  };
}
