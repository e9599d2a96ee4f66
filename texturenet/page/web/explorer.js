// One texture in the window: state, camera, what is drawn and what is asked for. It knows nothing of
// buttons; whoever changes `state` or `camera` calls `change` or `look`.

import {Cache} from "./cache.js";
import {Camera} from "./camera.js";
import {draw, levels} from "./draw.js";
import {areaOf, Edits, meet} from "./edits.js";
import {Loader} from "./loader.js";
import {Loop} from "./loop.js";
import {Endless, Layer, SIDE, Tiled} from "./pieces.js";

const KEPT = 96e6, KEPT_LOOP = 128e6; // bytes of pieces, and of frames
const FADE = 160; // ms in which a new piece appears
export const MATCHING = 4; // tiles that are laid beside each other

export class Explorer {
  /**
   * canvas, painter: where it is shown; texture: the engine's; state: of link.js, which is changed
   * in place; told: {changed(), failed(error), progress(done, all, ms of the oldest hole,
   * {bytes, pieces} of the cache)}, called as things happen
   */
  constructor({canvas, painter, texture, state, background, material, told}) {
    Object.assign(this, {canvas, painter, texture, state, background, material, told});
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.camera = new Camera(2 ** -levels(texture), 16);
    Object.assign(this.camera, {row: state.row, column: state.column});
    const free = (handle) => painter.free(handle);
    this.cache = new Cache(KEPT, free);
    this.loop = new Loop(new Cache(KEPT_LOOP, free), SIDE * SIDE * (material ? 13 : 4));
    this.loader = new Loader({
      draw: (request, signal) => this.drawn(request, signal),
      keep: (key, made) => this.keep(key, made),
      fail: (error) => told.failed(error),
      most: Math.max(1, texture.workers) + 1,
    });
    Object.assign(this, {speed: [0, 0], turned: [0, 0], most: 0, ended: false, pace: 0, brush: null, edits: new Edits()});
    this.resize();
  }

  /** A plane that the state asks for. */
  plane() {
    const {seed, tile, period, matching} = this.state;
    return tile ? new Tiled(seed, period, matching ? MATCHING : 1) : new Endless(seed);
  }

  get ball() {
    return this.material && this.state.view === "ball";
  }

  get level() {
    if (this.state.tile) return 0;
    const level = Math.round(-Math.log2(this.camera.scale / this.ratio));
    return Math.min(levels(this.texture), Math.max(0, level));
  }

  /** The window's size may have changed, or its pixels. */
  resize() {
    const ratio = devicePixelRatio || 1, before = this.ratio ?? ratio;
    const zoom = this.ratio ? this.camera.scale / before : this.state.zoom;
    this.ratio = Math.max(1, Math.round(ratio)); // a whole number keeps pixels sharp
    const {clientWidth, clientHeight} = this.canvas;
    this.canvas.width = Math.max(1, Math.round(clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    const least = 2 ** -levels(this.texture) * this.ratio;
    Object.assign(this.camera, {height: this.canvas.height, width: this.canvas.width, least, most: 16 * this.ratio});
    this.camera.scale = Math.min(this.camera.most, Math.max(least, zoom * this.ratio));
    this.look();
  }

  /** Another seed, tile, view ...: what was asked for is of no use any more. */
  change() {
    this.loader.stop();
    if (this.loop.playing && this.state.tile && this.state.matching) this.loop.playing = false;
    this.painter.view = this.state.view;
    this.look();
  }

  /** Something moved: draw at the next moment of the screen. */
  look() {
    if (this.waiting || this.ended) return;
    this.waiting = requestAnimationFrame((now) => {
      this.waiting = null;
      this.frame(now);
    });
  }

  frame(now) {
    const camera = this.camera, passed = Math.min(0.1, (now - (this.last ?? now)) / 1000);
    this.last = now;
    this.glide(passed);
    this.brush?.frame();
    this.state.row = camera.row;
    this.state.column = camera.column;
    this.state.zoom = camera.scale / this.ratio;
    const plane = this.plane(), level = this.level, seen = camera.window();
    this.painter.begin({background: this.background, scale: camera.scale * 2 ** level});
    const missing = this.ball ? this.showBall() : this.showLayers(plane, level, seen, now);
    this.painter.end();
    this.ask(plane, level, missing);
    this.told.changed();
    if (this.loop.playing || this.fading || this.speed.some(Boolean)) this.look();
    else this.last = null;
  }

  /** Moves on by the speed (pixels of the screen a second) that a throw or a key gives. */
  glide(passed) {
    if (!this.speed.some(Boolean)) return;
    this.camera.move(this.speed[0] * passed, this.speed[1] * passed);
    if (this.pushed) return; // by keys that are held
    const slower = Math.exp(-4 * passed);
    this.speed = this.speed.map((speed) => (Math.abs(speed) < 8 ? 0 : speed * slower));
  }

  /** The plane; of a texture with layers these nets above each other, each with its share. */
  showLayers(plane, level, seen, now) {
    const layers = this.texture.shares?.() ?? [];
    if (!layers.length) return this.showPlane(plane, level, seen, now);
    const [first, ...others] = layers;
    if (this.whole !== undefined && this.whole !== first.net) this.showOver(new Layer(plane, this.whole), level, seen, 1);
    const missing = this.showPlane(new Layer(plane, first.net), level, seen, now);
    if (!missing.length) this.whole = first.net; // which stands in for others until they are drawn
    for (const {net, share} of others) missing.push(...this.showOver(new Layer(plane, net), level, seen, share));
    return missing;
  }

  /** Pieces that are there, so transparent; -> those that are missing. */
  showOver(plane, level, seen, share) {
    const missing = new Map(), corner = this.camera.corner();
    for (const piece of plane.pieces(seen, level)) {
      const handle = this.cache.get(piece.key);
      if (handle) this.painter.piece(handle, this.box(piece, corner), share);
      else missing.set(piece.key, piece);
    }
    return [...missing.values()];
  }

  /** Draws all pieces, and what stands in for those that are missing -> these. */
  showPlane(plane, level, seen, now) {
    const missing = new Map(), corner = this.camera.corner();
    this.fading = false;
    for (const piece of plane.pieces(seen, level)) {
      const box = this.box(piece, corner), handle = this.cache.get(piece.key);
      const alpha = handle ? Math.min(1, this.still ? 1 : (performance.now() - handle.born) / FADE) : 0;
      if (alpha < 1) this.standIn(plane, piece, box, corner);
      if (handle) this.shown(piece, handle, box, alpha, now);
      if (!handle || handle.stale) missing.set(piece.key, piece);
      if (handle && alpha < 1) this.fading = true;
    }
    return [...missing.values()];
  }

  shown(piece, handle, box, alpha, now) {
    const moment = this.loop.playing && !this.state.matching ? this.loop.now(piece, now) : null;
    if (!moment) return this.painter.piece(handle, box, alpha);
    this.painter.piece(moment.first, box, 1);
    if (moment.share > 0) this.painter.piece(moment.second, box, moment.share);
  }

  /** Under a piece that is missing: the finer ones of its place, or a part of a coarser one. */
  standIn(plane, piece, box, corner) {
    const finer = plane.finer(piece).filter(({key}) => this.cache.has(key));
    for (let up = 1; plane.coarser && piece.level + up <= levels(this.texture); up++) {
      const under = plane.coarser(piece, up), handle = this.cache.get(under.key);
      if (!handle) continue;
      const part = {
        x: (piece.left - under.left) / under.width, y: (piece.top - under.top) / under.height,
        w: piece.width / under.width, h: piece.height / under.height,
      };
      this.painter.piece(handle, box, 1, part);
      break;
    }
    for (const one of finer) this.painter.piece(this.cache.get(one.key), this.box(one, corner));
  }

  box({top, left, height, width}, corner) {
    const scale = this.camera.scale, place = (value) => Math.round(value * scale);
    const y = place(top - corner[0]), x = place(left - corner[1]);
    return {x, y, w: place(left + width - corner[1]) - x, h: place(top + height - corner[0]) - y};
  }

  /** The ball shows one tile all around; -> the tile, where it is missing. */
  showBall() {
    const piece = this.ballPiece(), handle = this.cache.get(piece.key);
    if (!handle) return [piece];
    this.painter.ball(handle, this.turned, this.covered());
    return [];
  }

  ballPiece() {
    const {seed} = this.state, net = this.texture.nearest?.() ?? 0;
    const [height, width] = this.ballPeriod, tile = {height, width};
    const request = {seed, tile, row: 0, column: 0, height, width, level: 0};
    if (net) request.net = net;
    return {key: `ball/${net}/${seed}/${height}/${width}`, request};
  }

  /** Pixels of the canvas that controls may cover: where a ball is not laid. */
  covered() {
    const ratio = this.canvas.width / (this.canvas.clientWidth || 1), narrow = this.canvas.clientWidth <= 720;
    return {above: (narrow ? 108 : 60) * ratio, below: (narrow ? 130 : 76) * ratio};
  }

  /** What is missing is asked for; then frames of the loop; then what a hand may come to next. */
  ask(plane, level, missing) {
    const wanted = [...this.ahead(plane, level, missing), ...missing];
    this.most = missing.length ? Math.max(this.most, missing.length) : 0;
    const kept = {bytes: this.cache.bytes, pieces: this.cache.entries.size};
    this.told.progress(this.most - missing.length, this.most, this.oldest(missing), kept);
    if (!wanted.length && !this.ball) {
      if (this.loop.playing) wanted.push(...this.loop.missing(plane.pieces(this.camera.window(), level)));
      if (!wanted.length) wanted.push(...this.otherNets(plane, level));
      if (!wanted.length) wanted.push(...this.around(plane, level));
      if (!wanted.length) this.texture.warm?.(plane.pieces(this.camera.window(), level));
    }
    this.loader.want(wanted);
  }

  /** How long the piece that has been missing longest is so, in ms; 0 where none is. */
  oldest(missing) {
    const now = performance.now(), before = this.holes ?? new Map();
    this.holes = new Map(missing.map(({key}) => [key, before.get(key) ?? now]));
    return missing.length ? now - Math.min(...this.holes.values()) : 0;
  }

  /** Of nets that draw coarse levels at little cost: those above what is missing. */
  ahead(plane, level, missing) {
    const up = Math.min(2, this.texture.scales.length - 1 - level);
    if (up < 1 || this.material || !plane.coarser || missing.length < 4) return [];
    const over = missing.map((piece) => plane.coarser(piece, up));
    return [...new Map(over.map((piece) => [piece.key, piece])).values()].filter(({key}) => !this.cache.has(key));
  }

  /** Of a texture with layers: what its other nets draw here. */
  otherNets(plane, level) {
    const nets = this.texture.nets ?? [], seen = this.camera.window();
    return nets.flatMap((net) => new Layer(plane, net).pieces(seen, level)).filter(({key}) => !this.cache.has(key));
  }

  around(plane, level) {
    if (this.state.tile || this.texture.nets) return [];
    const margin = 160 * 2 ** level;
    return plane.pieces(this.camera.window(margin), level).filter(({key}) => !this.cache.has(key));
  }

  async drawn(request, signal) {
    const started = performance.now(), maps = this.material, {mark} = this.edits;
    const made = await draw(this.texture, request, {signal, maps});
    const pixels = request.height * request.width * 4 ** (this.texture.scales.length > 1 ? 0 : request.level);
    const pace = pixels / (performance.now() - started); // pixels a ms of one request among several
    this.pace = this.pace ? 0.8 * this.pace + 0.2 * pace : pace;
    return {...made, mark, area: areaOf(request)};
  }

  /** Inside an area {top, left, bottom, right} of the plane pixels are others from now on. */
  edited(area) {
    this.edits.add(area, this.loader.asked.size === 0);
    this.loader.failed.clear();
    for (const handle of this.cache.entries.values()) handle.stale ||= meet(handle.area, area);
    this.look();
  }

  async keep(key, made) {
    const handle = await this.painter.keep(made, key.startsWith("ball/"));
    if (this.ended) return this.painter.free(handle);
    Object.assign(handle, {area: made.area, stale: this.edits.missed(made)});
    if (this.cache.has(key)) handle.born = 0; // it takes the place of another, and need not fade in
    (key.includes("@") ? this.loop.cache : this.cache).set(key, handle);
    this.look();
  }

  /** After a tab slept or a GPU was lost. */
  again(all = false) {
    if (all) for (const cache of [this.cache, this.loop.cache]) cache.clear();
    this.loader.wake();
    this.look();
  }

  end() {
    this.ended = true;
    cancelAnimationFrame(this.waiting);
    this.loader.stop();
    for (const cache of [this.cache, this.loop.cache]) cache.clear();
    this.texture.dispose?.();
  }
}
