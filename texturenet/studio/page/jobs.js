// The column beside: the job that runs, and the list of the others.

import { call, sentence } from "./api.js";
import { commandLine, h, put, when } from "./dom.js";
import { live } from "./live.js";
import { active, hear, state } from "./state.js";

const WORDS = { queued: "waits", running: "runs", stopping: "stops", done: "done", stopped: "stopped", failed: "failed", cancelled: "cancelled", interrupted: "interrupted" };

export function jobs(node) {
  const now = h("div.card", { hidden: true });
  const list = h("ul.queue");
  const others = h("div.card", {}, h("h3", {}, "Jobs"), list);
  const opened = new Set();
  let shown = null; // {number, part}
  put(node, now, others);

  function act(job, what) {
    return async (event) => {
      const button = event.currentTarget;
      button.disabled = true;
      try {
        await call(`api/jobs/${job.number}/${what}`, {});
      } catch (error) {
        button.closest("li").append(h("p.error.small", { role: "alert" }, sentence(error.message)));
      }
      button.disabled = false;
    };
  }

  function entry(job) {
    const waits = job.state === "queued";
    const more = h("details", { ".open": opened.has(job.number), on: { toggle: async () => {
      opened[more.open ? "add" : "delete"](job.number);
      if (more.open && !waits) {
        const { lines } = await call(`api/jobs/${job.number}/log`);
        put(log, lines.join("\n"));
      }
    } } }, h("summary", {}, "Command and what it printed"));
    const log = h("pre.log", { tabindex: 0, "aria-label": "What it printed" });
    more.append(h("div.stack", {}, commandLine(job.command), waits ? "" : log));
    return h("li", { "data-job": job.number, "data-state": job.state },
      h("div.row.spread", {}, h("strong", {}, job.title), h(`span.state.${job.state}`, {}, WORDS[job.state])),
      h("p.small.soft", {}, waits ? "It begins when the one before has ended." : `${when(job.ended ?? job.began ?? job.made)} · ${job.folder}`),
      job.said ? h("p.small", { class: job.state === "failed" ? "small error" : "small" }, job.said) : null,
      h("div.row", {},
        waits ? h("button.quiet", { type: "button", on: { click: act(job, "stop") } }, "Cancel") : null,
        job.resumable ? h("button.quiet", { type: "button", on: { click: act(job, "resume") } }, "Go on with it") : null,
        waits ? null : h("button.quiet", { type: "button", on: { click: act(job, "forget") } }, "Take off the list")),
      more);
  }

  function draw() {
    const running = active();
    if (shown && shown.number !== running?.number) {
      shown.part.end();
      shown = null;
    }
    now.hidden = !running;
    if (running && !shown) {
      const part = live(running);
      shown = { number: running.number, part };
      put(now, h("div.row.spread", {}, h("h3", {}, running.title), h("span.state.done", {}, WORDS[running.state])), part.node, h("details", {}, h("summary", {}, "The command that does the same"), commandLine(running.command)));
    }
    if (running) shown.part.state(running);
    const rest = [...state.jobs.values()].filter((job) => job !== running && job.number !== running?.number);
    const waiting = rest.filter((job) => job.state === "queued");
    const ended = rest.filter((job) => job.state !== "queued").reverse().slice(0, 30);
    put(list, waiting.map(entry), ended.map(entry), rest.length ? null : h("li.soft.small", {}, running ? "Nothing else waits." : "Nothing runs, and nothing waits. One job runs at a time; others wait here."));
  }

  hear("jobs", draw);
  hear("progress", (job) => {
    if (shown?.number === job.number) shown.part.progress(job.progress);
  });
  draw();
}
