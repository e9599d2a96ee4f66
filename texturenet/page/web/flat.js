// Painter of colours: pieces as bitmaps on a 2D canvas.
//
// Painters have `keep`, which takes what was drawn to where it can be shown, `free`, and for each
// frame `begin`, `piece` ... and `end`. A handle has `bytes`, and `born`, when it came.

export class FlatPainter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", {alpha: false});
  }

  async keep({pixels}) {
    const bitmap = await createImageBitmap(pixels);
    return {bitmap, bytes: 4 * pixels.width * pixels.height, born: performance.now()};
  }

  free({bitmap}) {
    bitmap.close();
  }

  begin({background, scale}) {
    const {context, canvas} = this;
    context.globalAlpha = 1;
    context.fillStyle = background;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = scale !== 1 && scale < 4; // beyond, pixels are shown as they are
    context.imageSmoothingQuality = scale < 1 ? "medium" : "low";
  }

  /** box: {x, y, w, h} on the canvas; part: {x, y, w, h} of the handle, on [0,1]. */
  piece({bitmap}, box, alpha = 1, part = WHOLE) {
    const {width, height} = bitmap;
    this.context.globalAlpha = alpha;
    this.context.drawImage(bitmap, part.x * width, part.y * height, part.w * width, part.h * height,
      box.x, box.y, box.w, box.h);
  }

  end() {
    this.context.globalAlpha = 1;
  }
}

export const WHOLE = {x: 0, y: 0, w: 1, h: 1};
