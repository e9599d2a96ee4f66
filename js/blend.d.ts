/** texturenet/blend: several textures in one picture, by height, where masks say. */
import type {Picture, Texture, ViewOptions} from './index.js';

/** What `texturenet page model=a,b paint=true out=NAME.json` writes: nets measured once, in their order. */
export interface Measures {
  /** Pixels that an edge is wide. */
  softness: number;
  /** Pixels over which steps of a mask are made even. */
  spread: number;
  /** With which the contrast of a mix is kept. */
  strength: number;
  nets: {
    name: string; readout: number[]; table: number[]; low: number; high: number; slope: number; mean: number[];
  }[];
}

/** Which texture is seen where. Places are rows and columns of pixels of the plane. */
export interface Masks {
  /** Indices of the textures that a window shows, in order, never too few. */
  seen(row: number, column: number, height: number, width: number): number[];
  /** Shares of every texture, (height, width) each, whose sum is 1. */
  shares(row: number, column: number, height: number, width: number): ArrayLike<number>[];
}

/** Pixels a side of a cell of `Painted`. */
export const CELL: 4;

/** A mask of cells, bytes of every texture whose sum is 255. What is not set is the first texture. */
export class Painted implements Masks {
  /** nets: how many textures, 2 to 16; spread: 0 to 512 pixels, 32 unless given. */
  constructor(nets: number, spread?: number);
  readonly nets: number;
  readonly spread: number;
  /** Rows and columns of cells: pixels divided by CELL, rounded down. */
  cell(down: number, right: number): number[];
  setCell(down: number, right: number, bytes: ArrayLike<number>): void;
  clear(): void;
  /** Of the cells that are not of the first texture alone; null where all are. */
  bounds(): {top: number; left: number; bottom: number; right: number} | null;
  readonly parts: string[];
  partOf(down: number, right: number): string;
  taken(name: string): Uint8Array | null;
  put(name: string, bytes: Uint8Array | null): void;
  seen(row: number, column: number, height: number, width: number): number[];
  shares(row: number, column: number, height: number, width: number): Float64Array[];
}

export class Blend {
  private constructor();
  readonly textures: Texture[];
  readonly measures: Measures;
  readonly name: string;
  /** A window, as Texture.render gives it. masks: a mask, or the share of each texture everywhere.
   * Rejects with RangeError or TypeError for what cannot be drawn. */
  render(options: Omit<ViewOptions, 'tile' | 'border' | 'scale'> & {masks: Masks | number[]}): Promise<Picture>;
  /** Ends the workers of all textures. */
  dispose(): void;
}

/** Blend textures that were measured together. Throws for measures of other nets. */
export function blend(textures: Texture[], measures: Measures): Blend;
