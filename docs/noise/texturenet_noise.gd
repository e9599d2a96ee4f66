# The noise that the nets of texturenet draw from: a number is a function of its address alone.
# docs/export.md says what each argument means. For Godot 4, whose integers have 64 bits with a
# sign; negative numbers are never shifted, which it refuses.

const MASK = 0xFFFFFFFF
const NO_SCALE = 255  # where the shift of a seed's waves is drawn
const UNIT_SCALE = 254  # where the numbers of units are drawn


# The product of two unsigned 32-bit numbers: [its upper 32 bits, its lower 32 bits].
static func product(a: int, b: int) -> Array:
	var first = (a & 0xFFFF) * b
	var second = (a >> 16) * b + (first >> 16)
	return [second >> 16, ((second & 0xFFFF) << 16) | (first & 0xFFFF)]


# Philox4x32-10: four words -> four random ones; the key is two words.
static func philox(words: Array, low: int, high: int) -> Array:
	var a = words[0]
	var b = words[1]
	var c = words[2]
	var d = words[3]
	for _round in range(10):
		var p = product(0xD2511F53, a)
		var q = product(0xCD9E8D57, c)
		a = q[0] ^ b ^ low
		b = q[1]
		c = p[0] ^ d ^ high
		d = p[1]
		low = (low + 0x9E3779B9) & MASK
		high = (high + 0xBB67AE85) & MASK
	return [a, b, c, d]


static func modulo(a: int, b: int) -> int:
	return (a % b + b) % b


# The upper 32 bits of 64, of a negative number too.
static func upper(number: int) -> int:
	return ((number & 0x7FFFFFFFFFFFFFFF) >> 32) | (0x80000000 if number < 0 else 0)


# Uniform noise on (0,1), channel by channel, row by row. plane: the seed; one of 2^63 or more is
# given as seed - 2^64. top, left: of the first cell, within 2^47. Periods: cells after which rows
# and columns come again; 0 where they never do.
static func noise(plane: int, scale: int, channels: int, top: int, left: int, rows: int,
		columns: int, row_period: int = 0, column_period: int = 0) -> PackedFloat32Array:
	var made = PackedFloat32Array()
	made.resize(channels * rows * columns)
	for group in range((channels + 3) >> 2):
		for i in range(rows):
			var row = modulo(top + i, row_period) if row_period else top + i
			for j in range(columns):
				var column = modulo(left + j, column_period) if column_period else left + j
				var far = ((upper(row) & 0xFFFF) << 16) | (upper(column) & 0xFFFF)
				var place = scale | (group << 8)
				var counter = [column & MASK, row & MASK, place, far]
				var words = philox(counter, plane & MASK, upper(plane))
				for k in range(min(4, channels - 4 * group)):
					var index = ((4 * group + k) * rows + i) * columns + j
					made[index] = ((words[k] >> 9) + 0.5) / 8388608.0
	return made


static func density(x: float) -> float:
	return exp(-x * x / 2) / sqrt(2 * PI)


# The normal distribution function (series of Marsaglia 2004), to 1e-15.
static func normal_cdf(x: float) -> float:
	if abs(x) > 8:
		return 1.0 if x > 0 else 0.0
	var sum = x
	var term = x
	var n = 3.0
	while abs(term) > 1e-17:
		term *= x * x / n
		sum += term
		n += 2
	return 0.5 + density(x) * sum


# Uniform -> standard normal: the quantile function, by Halley's steps.
static func gaussian(u: float) -> float:
	var below = min(u, 1 - u)
	var x = 4.91 * (pow(below, 0.14) - pow(1 - below, 0.14))
	for _n in range(5):
		var step = (normal_cdf(x) - below) / density(x)
		x -= step / (1 + x * step / 2)
	return x if u <= 0.5 else -x


# Two uniform numbers -> one, uniform unless `normal`, at an angle on a closed film.
static func loop(first: float, second: float, angle: float, normal: bool = false) -> float:
	var x = gaussian(first) * cos(angle) + gaussian(second) * sin(angle)
	return x if normal else normal_cdf(x)


# How far a seed moves the waves of a regular texture, [down, right], in pixels.
static func shift(plane: int, torus: int) -> Array:
	var drawn = noise(plane, NO_SCALE, 2, 0, 0, 1, 1)
	return [int(drawn[0] * torus), int(drawn[1] * torus)]


static func turns(line: int, by: int, cycles: int, torus: int, cell: int) -> float:
	var place = (2 * modulo(line, 2 * torus) + 1) * cell + 2 * by  # the middle of a cell
	return modulo(cycles * place, 2 * torus) * (PI / torus)


# Waves on [0,1]: first a cosine of each, then the sines. vectors: [down, right] each. moved: what
# `shift` gave.
static func waves(torus: int, vectors: Array, cell: int, moved: Array, top: int, left: int,
		rows: int, columns: int) -> PackedFloat32Array:
	var count = vectors.size()
	var made = PackedFloat32Array()
	made.resize(2 * count * rows * columns)
	for number in range(count):
		var down = vectors[number][0]
		var right = vectors[number][1]
		var fine = max(abs(down), abs(right)) * cell > 0.4 * torus
		for i in range(rows):
			for j in range(columns):
				var angle = turns(top + i, moved[0], down, torus, cell)
				angle += turns(left + j, moved[1], right, torus, cell)
				var cosine = (number * rows + i) * columns + j
				var sine = ((count + number) * rows + i) * columns + j
				made[cosine] = 0.5 if fine else 0.5 + cos(angle) / 2
				made[sine] = 0.5 if fine else 0.5 + sin(angle) / 2
	return made


static func floored(a: int, b: int) -> int:
	return (a - modulo(a, b)) / b


# The pixel [row, column] in which the middle of the unit lies that the middle of a cell lies in.
static func unit_of(torus: int, along: Array, across: Array, cell: int, moved: Array, row: int,
		column: int) -> Array:
	var r = along[0]
	var c = along[1]
	var area = across[0] * c - across[1] * r
	var square = r * r + c * c
	var lean = across[0] * r + across[1] * c
	var y = (2 * modulo(row, 2 * torus) + 1) * cell + 2 * moved[0]  # in half pixels
	var x = (2 * modulo(column, 2 * torus) + 1) * cell + 2 * moved[1]
	var over = torus - modulo(r * y + c * x, 2 * torus)
	var turned = square * modulo(across[0] * y + across[1] * x, 2 * torus) + lean * over
	var left = torus * square - modulo(turned, 2 * torus * square)
	var half = square * area * cell
	var share = 2 * square * area
	return [row * cell + floored(half + c * left + r * area * over, share),
			column * cell + floored(half - r * left + c * area * over, share)]


# Numbers of the units of a lattice, on (0,1): the same all over a unit. along, across: [down, right]
# each, `rows` and `across` of the card's `units`. moved: what `shift` gave. Periods: pixels after
# which rows and columns come again; 0 where they never do.
static func units(plane: int, torus: int, along: Array, across: Array, channels: int, cell: int,
		moved: Array, top: int, left: int, rows: int, columns: int, row_period: int = 0,
		column_period: int = 0) -> PackedFloat32Array:
	var made = PackedFloat32Array()
	made.resize(channels * rows * columns)
	var most = max(max(abs(along[0]), abs(along[1])), max(abs(across[0]), abs(across[1])))
	var told = most * cell <= 0.4 * torus
	for i in range(rows):
		for j in range(columns):
			var at = unit_of(torus, along, across, cell, moved, top + i, left + j)
			var row = modulo(at[0], row_period) if row_period else at[0]
			var column = modulo(at[1], column_period) if column_period else at[1]
			var drawn = noise(plane, UNIT_SCALE, channels, row, column, 1, 1)
			for k in range(channels):
				made[(k * rows + i) * columns + j] = drawn[k] if told else 0.5
	return made
