"""What a blend may be asked for. Options take it from here, and so this module imports nothing."""

WAYS = ("height", "features")
FITS = ("once", "tile", "stretch")
MOST = 16  # nets
SOFTEST = (0.5, 64.0)  # pixels that an edge is wide, at least and at most
WIDEST = 512  # pixels that a mask is softened over
