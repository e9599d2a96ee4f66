// texturenet/blend: several textures in one picture, by height, where masks say. See docs/javascript.md.
export {Blend, blend} from './src/blend.js';
export {CELL, Painted} from './src/painted.js';
