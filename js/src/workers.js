// Workers of a browser, made of text so that no file is fetched, and those of Node: both as
// {post(message), onmessage, onerror, end(), busy(flag)}.
import {makeEngine} from './engine.js';

// What runs in a worker: opens the file once, then draws blocks.
function work(makeEngine, listen, post) {
  let engine = null;
  listen(async (message) => {
    try {
      if (message.file) {
        engine = await makeEngine(message.build, message.file);
        post({facts: engine.facts}, []);
      } else {
        const buffer = engine.draw(message.view, message.form);
        post({id: message.id, buffer}, [buffer]);
      }
    } catch (error) {
      post({id: message.id, error: String(error.message ?? error)}, []);
    }
  });
}

const browserEnds = `(take) => { onmessage = ({data}) => take(data); }, (message, list) => postMessage(message, list)`;
const nodeEnds = `(take) => port.on('message', take), (message, list) => port.postMessage(message, list)`;

function browserWorker() {
  const text = `(${work})(${makeEngine}, ${browserEnds});`;
  const url = URL.createObjectURL(new Blob([text], {type: 'text/javascript'}));
  const worker = new Worker(url);
  const made = {
    post: (message) => worker.postMessage(message),
    end: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
    busy: () => {},
  };
  worker.onmessage = ({data}) => made.onmessage(data);
  worker.onerror = (event) => {
    event.preventDefault?.();
    made.onerror(new Error(event.message || 'the worker could not start'));
  };
  return made;
}

function nodeWorker({Worker}) {
  const text = `const port = require('node:worker_threads').parentPort; (${work})(${makeEngine}, ${nodeEnds});`;
  const worker = new Worker(text, {eval: true});
  const made = {
    post: (message) => worker.postMessage(message),
    end: () => worker.terminate(),
    busy: (flag) => (flag ? worker.ref() : worker.unref()), // an idle one keeps no program alive
  };
  worker.on('message', (data) => made.onmessage(data));
  worker.on('error', (error) => made.onerror(error));
  return made;
}

export const inNode = typeof process === 'object' && Boolean(process.versions?.node);

/**
 * @returns {Promise<(() => object) | null>} what makes a worker; null where there are none
 */
export async function workerMaker() {
  if (inNode) {
    const name = 'node:worker_threads';
    const threads = await import(name);
    return () => nodeWorker(threads);
  }
  return typeof Worker === 'function' && typeof Blob === 'function' ? browserWorker : null;
}

const MOST_USUAL = 8; // each has the weights for itself, and memory to draw in

/** As many as this machine runs at once, in a browser without the thread that shows the page. */
export async function usualWorkers() {
  if (inNode) {
    const name = 'node:os';
    const os = await import(name);
    return Math.min(MOST_USUAL, os.availableParallelism?.() ?? os.cpus().length);
  }
  const threads = globalThis.navigator?.hardwareConcurrency || 2;
  return Math.max(1, Math.min(MOST_USUAL, threads - 1));
}
