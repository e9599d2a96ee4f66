"""What a set of tiles may be asked for. Options take it from here: this module imports nothing."""

KINDS = ("corner", "blob")
SIDES = (16, 1024)  # pixels, at least and at most
MOST_VARIANTS = 64
LARGEST_SHEET = 16_384  # pixels, what graphics cards take
