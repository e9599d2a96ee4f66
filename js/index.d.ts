/** texturenet: pictures of a learnt texture, drawn in a browser or in Node. */

/** A whole number: a safe integer, a BigInt, or decimal text. */
export type Whole = number | bigint | string;

export interface LoadOptions {
  /** How many workers draw, 0 to 64; 0: the calling thread. Unless given, as many as the
   * machine runs at once, in a browser one less, at most 8. */
  workers?: number;
  /** Use fused products and sums where the browser has them: faster, and the last bits then depend on
   * the processor. */
  relaxed?: boolean;
}

export interface ViewOptions {
  /** Pixels of the picture. */
  width: number;
  height: number;
  /** Which plane, 0 to 2^64-1; 0 unless given. */
  seed?: Whole;
  /** Of the upper left pixel, within 2^40 of the plane's origin; 0 unless given. */
  row?: Whole;
  column?: Whole;
  /** After how many pixels the plane repeats: 'x', 'y' and 'xy' say after the picture's own width,
   * height or both; a number says both; a side that is left out or 0 never repeats. Sides are
   * multiples of `Texture.period`. */
  tile?: 'none' | 'x' | 'y' | 'xy' | number | {width?: number; height?: number} | null;
  /** Seed of the cells along a tile's border: tiles of one size that share it fit beside each other. */
  border?: Whole | null;
  /** How far round the loop through `seed` and `other`; 1 is once. The plane lies still unless given. */
  time?: number | null;
  /** The second seed of the loop; `seed` + 1 unless given. */
  other?: Whole;
  /** How often each scale goes round, coarse to fine: whole numbers, 1 unless given. */
  rates?: number[];
  /** One of `Texture.scales`: the picture is so many times smaller, and row, column, sides and tile
   * are pixels of it. */
  scale?: number;
  /** Ends the request with the signal's reason; blocks that are being drawn are let end. */
  signal?: AbortSignal | null;
  /** Called with the share of the blocks that are done. */
  onprogress?: (share: number) => void;
  /** Blocks of a request of a higher number are drawn sooner; 0 unless given. */
  priority?: number;
}

/** What `render` gives: an ImageData where there is one (browsers), otherwise the same three fields. */
export interface Picture {
  /** (height, width, 4) bytes of sRGB; alpha is 255. */
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

export type Kind = 'colour' | 'normal' | 'height' | 'roughness' | 'occlusion' | 'metallic';

export interface MapOf {
  /** (channels, height, width). Colour is sRGB on [0,1]; a normal is a unit vector, y up and z out of
   * the surface; all others are on [0,1]. */
  data: Float32Array;
  channels: number;
  width: number;
  height: number;
  /** The same everywhere. */
  constant: boolean;
}

export interface Heights {
  readonly planes: Float32Array;
  readonly width: number;
  readonly height: number;
}

export interface Layer {
  name: Kind;
  channels: number;
  constant: boolean;
}

export class Texture {
  private constructor();
  /** What the file says of the net, its exemplar and its licence. */
  readonly card: Record<string, unknown>;
  readonly name: string;
  /** Whether `maps` draws something. */
  readonly material: boolean;
  /** The maps of a material, [] for a texture of colour alone. */
  readonly layers: Layer[];
  /** How many times smaller pictures may be: [1], or 1, 2, 4 .. for nets with heads. */
  readonly scales: number[];
  /** How many scales the net has: the length of `rates`. */
  readonly levels: number;
  /** Sides of tiles are multiples of width and height; those of tiles with a border are at least
   * `border`. All at scale 1. */
  readonly period: {width: number; height: number; border: number};
  /** Pixels a side of the largest block that is drawn at once. */
  readonly side: number;
  /** How many workers draw; 0: they could not be had, or were not wanted, and this thread draws. */
  readonly workers: number;
  /** A window of the plane: the same pixels whatever else is drawn. Rejects with RangeError or
   * TypeError for what cannot be drawn. */
  render(options: ViewOptions): Promise<Picture>;
  /** All maps of a window of a material. */
  maps(options: ViewOptions): Promise<Partial<Record<Kind, MapOf>>>;
  /** Of the second finest scale: how many weights a readout has. 0: the net has no heights. */
  readonly features: number;
  /** Four planes of floats, (4, height, width): red, green and blue as the net makes them, which may
   * leave [0,1], and a height, the sum of those features by the weights. What blends are made of. */
  heights(options: ViewOptions & {readout: ArrayLike<number>}): Promise<Heights>;
  /** Ends the workers; requests that wait are rejected. */
  dispose(): void;
}

/** Open a released .safetensors file, from its bytes, a Blob or a URL; in Node a URL of http, https,
 * data or blob. Rejects with one sentence for
 * what is no such file, and where there is no WebAssembly with SIMD. */
export function load(
  source: ArrayBuffer | ArrayBufferView | Blob | string | URL,
  options?: LoadOptions,
): Promise<Texture>;
