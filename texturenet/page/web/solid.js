// Painter of materials: maps as textures of WebGL2, lit where they are shown.

import {BALL, LIGHT, PLANE, VERTEX, direction} from "./shading.js";
import {WHOLE} from "./flat.js";

export const VIEWS = ["lit", "ball", "colour", "normal", "height", "roughness", "occlusion", "metallic"];
const ACROSS = 1.6; // widths of the picture around the ball's middle
const BALL_BACKGROUND = [0.461, 0.461, 0.461]; // radiance 0.18 as it is displayed

export class SolidPainter {
  /** Throws an Error with a sentence where the browser has no WebGL2. */
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", {alpha: false, antialias: false, preserveDrawingBuffer: false});
    if (!gl) throw new Error("This browser has no WebGL2: only the colour of the material is shown.");
    Object.assign(this, {canvas, gl, lamp: LIGHT, view: "lit"});
    this.lost = false;
    this.prepare();
  }

  prepare() {
    const {gl} = this;
    this.plane = program(gl, PLANE);
    this.round = program(gl, BALL);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.bindVertexArray(gl.createVertexArray());
  }

  /** Maps {kind: {data (planar), channels, height, width}} -> three textures. */
  async keep({maps}, repeat = false) {
    const {gl} = this, {height, width} = maps.colour, textures = packed(maps).map(([format, values]) => {
      const texture = gl.createTexture(), [inside, outside, type] = formats(gl)[format];
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      gl.texImage2D(gl.TEXTURE_2D, 0, inside, width, height, 0, outside, type, values);
      const edge = repeat ? gl.REPEAT : gl.CLAMP_TO_EDGE;
      for (const axis of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, axis, edge);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
      return texture;
    });
    return {textures, bytes: 13 * height * width, born: performance.now()};
  }

  free({textures}) {
    for (const texture of textures) this.gl.deleteTexture(texture);
  }

  begin({background, scale}) {
    const {gl, canvas} = this, shown = this.view === "ball" ? BALL_BACKGROUND : rgb(background);
    this.filter = scale >= 4 ? gl.NEAREST : gl.LINEAR;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(...shown, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  piece(handle, box, alpha = 1, part = WHOLE) {
    const used = this.use(this.plane, handle);
    this.gl.uniform1f(used.alpha, alpha);
    this.gl.uniform1i(used.view, VIEWS.indexOf(this.view));
    this.quad(used, box, part);
  }

  /**
   * A handle that was kept with repeat, as a ball; moved: in widths of its picture; above, below: pixels
   * of the canvas that controls cover.
   */
  ball(handle, moved, {above, below}) {
    const {width, height} = this.canvas, room = height - above - below;
    const side = Math.max(1, Math.min(width, room) * 0.96);
    const used = this.use(this.round, handle);
    this.gl.uniform1f(used.across, ACROSS);
    this.gl.uniform1f(used.rim, 2 / (side * 0.92));
    this.gl.uniform2f(used.turned, ...moved);
    this.quad(used, {x: (width - side) / 2, y: above + (room - side) / 2, w: side, h: side}, WHOLE);
  }

  end() {}

  use({linked, places}, {textures}) {
    const {gl} = this;
    gl.useProgram(linked);
    textures.forEach((texture, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, this.filter);
    });
    ["colours", "others", "metals"].forEach((name, unit) => gl.uniform1i(places[name], unit));
    gl.uniform3f(places.lamp, ...direction(this.lamp));
    return places;
  }

  quad(places, {x, y, w, h}, part) {
    const {gl, canvas} = this, right = (v) => (2 * v) / canvas.width - 1, down = (v) => 1 - (2 * v) / canvas.height;
    gl.uniform4f(places.box, right(x), down(y), right(x + w), down(y + h));
    gl.uniform4f(places.part, part.x, part.y, part.x + part.w, part.y + part.h);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}

/** Bytes of colour and roughness; floats of normal x and y, height and occlusion; bytes of metal. */
function packed(maps) {
  const {height, width} = maps.colour, n = height * width;
  const colours = new Uint8Array(4 * n), others = new Float32Array(4 * n), metals = new Uint8Array(n);
  const value = (kind, c, i, neutral) => (maps[kind] ? maps[kind].data[c * n + i] : neutral);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 3; c++) colours[4 * i + c] = Math.round(255 * value("colour", c, i, 0.5));
    colours[4 * i + 3] = Math.round(255 * value("roughness", 0, i, 1));
    others[4 * i] = value("normal", 0, i, 0);
    others[4 * i + 1] = value("normal", 1, i, 0);
    others[4 * i + 2] = value("height", 0, i, 0.5);
    others[4 * i + 3] = value("occlusion", 0, i, 1);
    metals[i] = Math.round(255 * value("metallic", 0, i, 0));
  }
  return [["bytes", colours], ["floats", others], ["byte", metals]];
}

const formats = (gl) => ({
  bytes: [gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE],
  floats: [gl.RGBA16F, gl.RGBA, gl.FLOAT],
  byte: [gl.R8, gl.RED, gl.UNSIGNED_BYTE],
});

function program(gl, fragment) {
  const linked = gl.createProgram();
  for (const [type, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(linked, shader);
  }
  gl.linkProgram(linked);
  if (!gl.getProgramParameter(linked, gl.LINK_STATUS)) {
    const log = gl.getAttachedShaders(linked).map((shader) => gl.getShaderInfoLog(shader)).join(" ");
    throw new Error(`The light cannot be computed here: ${log}`);
  }
  const places = {};
  for (let i = 0; i < gl.getProgramParameter(linked, gl.ACTIVE_UNIFORMS); i++) {
    const {name} = gl.getActiveUniform(linked, i);
    places[name] = gl.getUniformLocation(linked, name);
  }
  return {linked, places};
}

function rgb(text) {
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16) / 255);
}
