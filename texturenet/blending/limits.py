"""What a blend may be asked for. Options take it from here, and so this module imports nothing."""

WAYS = ("height", "features", "weights")
PAIRED = WAYS[1:]  # that take two nets, and mix colours alone
DIRECTIONS = ("right", "down")  # masks without a picture, from the first of two nets to the other
FITS = ("once", "tile", "stretch")
MOST = 16  # nets
SOFTEST = (0.5, 64.0)  # pixels that an edge is wide, at least and at most
WIDEST = 512  # pixels that a mask is softened over
MOST_LABELS = 256  # nets of a picture of labels, of which a window draws those that it shows
LABEL_FITS = ("once", "tile")
LARGEST_SCALE = 4096  # pixels a cell of labels is enlarged to
WILDEST = 256.0  # pixels that borders wander
