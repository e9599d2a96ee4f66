// Blocks to draw, the most urgent first, and who draws them: workers, or this thread where there are
// none.
import {makeEngine} from './engine.js';
import {workerMaker, usualWorkers} from './workers.js';

/** Resolves behind what the browser has to do in between. */
function pause() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

export class Pool {
  #queue = []; // {id, view, form, priority, resolve, reject}, next last
  #running = new Map(); // worker -> task
  #idle = [];
  #all = new Set();
  #engine = null; // of this thread
  #source; // the build and the file, for an engine of this thread
  #next = 0;
  #ended = false;
  #broken = null; // why nothing is left that draws

  constructor(build, file) {
    this.#source = [build, file];
  }

  /** @returns {Promise<Pool>} opened: the file is read, and refused if it has to be */
  static async open(build, file, wanted) {
    const pool = new Pool(build, file);
    const make = wanted === 0 ? null : await workerMaker();
    if (make) await pool.#start(make, wanted ?? (await usualWorkers()));
    if (!pool.#all.size) await pool.#openHere();
    return pool;
  }

  /** How many workers draw; 0: this thread does. */
  get workers() {
    return this.#all.size;
  }

  async #openHere() {
    const engine = await makeEngine(...this.#source);
    this.facts = engine.facts;
    if (!this.#ended) this.#engine = engine;
  }

  async #start(make, count) {
    const started = Array.from({length: count}, () => this.#startOne(make));
    const results = await Promise.allSettled(started);
    const refused = results.find(({reason}) => reason?.file);
    if (refused) {
      this.end();
      throw new Error(refused.reason.message);
    }
  }

  // One that does not start is left out; a file that is refused ends the whole.
  #startOne(make) {
    return new Promise((resolve, reject) => {
      const worker = make();
      worker.onerror = (error) => {
        worker.end();
        reject(error);
      };
      worker.onmessage = ({facts, error}) => {
        if (error !== undefined) {
          worker.end();
          reject(Object.assign(new Error(error), {file: true}));
          return;
        }
        this.facts = facts;
        this.#all.add(worker);
        this.#idle.push(worker);
        worker.onmessage = (answer) => this.#done(worker, answer);
        worker.onerror = (failure) => this.#lost(worker, failure);
        worker.busy(false);
        resolve();
      };
      worker.post({build: this.#source[0], file: this.#source[1]});
    });
  }

  /**
   * @param {object} view of one block
   * @param {number} form see makeEngine
   * @param {number} priority what is higher is drawn sooner
   * @returns {{promise: Promise<ArrayBuffer>, cancel: (reason: unknown) => void}}
   */
  draw(view, form, priority) {
    const task = {id: this.#next++, view, form, priority};
    const promise = new Promise((resolve, reject) => Object.assign(task, {resolve, reject}));
    if (this.#broken) {
      task.reject(this.#broken);
      return {promise, cancel: () => {}};
    }
    let place = this.#queue.length; // sorted: the next to be drawn is last
    while (place > 0 && this.#queue[place - 1].priority >= priority) place--;
    this.#queue.splice(place, 0, task);
    this.#step();
    const cancel = (reason) => {
      const at = this.#queue.indexOf(task);
      if (at >= 0) this.#queue.splice(at, 1);
      task.reject(reason);
    };
    return {promise, cancel};
  }

  #step() {
    if (this.#engine) this.#drawHere();
    while (this.#idle.length && this.#queue.length) {
      const worker = this.#idle.pop();
      const task = this.#queue.pop();
      this.#running.set(worker, task);
      worker.busy(true);
      worker.post({id: task.id, view: task.view, form: task.form});
    }
  }

  #here = false;
  async #drawHere() {
    if (this.#here) return;
    this.#here = true;
    for (;;) {
      await pause();
      const task = this.#queue.pop();
      if (!task) break;
      try {
        task.resolve(this.#engine.draw(task.view, task.form));
      } catch (error) {
        task.reject(error);
      }
    }
    this.#here = false;
  }

  // What a worker had sent before it was ended can come behind that.
  #done(worker, {buffer, error}) {
    const task = this.#running.get(worker);
    if (this.#ended || !task) return;
    this.#running.delete(worker);
    this.#idle.push(worker);
    worker.busy(false);
    if (error === undefined) task.resolve(buffer);
    else task.reject(new Error(error));
    this.#step();
  }

  // A worker that broke is left out; what it drew is drawn again by another, or here.
  #lost(worker, failure) {
    if (this.#ended || !this.#all.has(worker)) return;
    const task = this.#running.get(worker);
    this.#running.delete(worker);
    this.#all.delete(worker);
    this.#idle = this.#idle.filter((other) => other !== worker);
    worker.end();
    if (task) this.#queue.push(task);
    if (this.#all.size) this.#step();
    else this.#openHere().then(() => this.#step(), () => this.#break(failure));
  }

  #break(reason) {
    this.#broken = reason;
    this.#fail(reason);
  }

  #fail(reason) {
    for (const task of [...this.#queue, ...this.#running.values()]) task.reject(reason);
    this.#queue = [];
    this.#running.clear();
  }

  /** No more is drawn; what waits is refused. */
  end() {
    if (this.#ended) return;
    this.#ended = true;
    this.#fail(new Error('the texture was disposed of.'));
    for (const worker of this.#all) worker.end();
    this.#all.clear();
    this.#idle = [];
    this.#engine = null;
  }

  get ended() {
    return this.#ended;
  }
}
