// What the page knows, told by the server; parts of the page hear of changes by name.

import { call, listen } from "./api.js";

export const state = { about: {}, jobs: new Map(), exemplars: [], nets: [], made: [], trouble: "", linked: true };
const hearers = {};

export const hear = (name, act) => (hearers[name] ??= []).push(act);
export const tell = (name, facts) => (hearers[name] ?? []).forEach((act) => act(facts));

export const active = () => [...state.jobs.values()].find((job) => ["running", "stopping"].includes(job.state));

export async function readLibrary() {
  Object.assign(state, await call("api/library"));
  tell("library");
}

function take(job) {
  const before = state.jobs.get(job.number);
  state.jobs.set(job.number, { ...before, ...job });
  return before;
}

export function begin() {
  listen({
    state: (facts) => {
      state.about = facts.about;
      state.exemplars = facts.exemplars;
      state.trouble = facts.trouble;
      state.jobs = new Map();
      facts.jobs.forEach(take);
      ["about", "trouble", "jobs"].forEach((name) => tell(name));
      readLibrary().catch(() => {});
    },
    job: (job) => {
      const before = take(job);
      state.trouble = job.trouble ?? "";
      tell("trouble");
      tell("jobs", job);
      if (before && before.state !== job.state && job.ended) readLibrary().catch(() => {});
    },
    progress: (facts) => {
      const job = state.jobs.get(facts.number);
      if (job) {
        job.progress = facts;
        tell("progress", job);
      }
    },
    forgotten: ({ number }) => {
      state.jobs.delete(number);
      tell("jobs");
    },
  }, (linked) => {
    state.linked = linked;
    tell("link");
  });
}
