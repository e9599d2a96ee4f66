# Answers questions about noise, one a line of questions.txt, into answers.txt, in its own folder.
extends SceneTree

const OF = preload("texturenet_noise.gd")


func whole(words: Array) -> Array:
	var numbers = []
	for word in words:
		numbers.append(int(word))
	return numbers


func answer(what: String, v: Array) -> Array:
	var made = []
	if what == "noise":
		var n = whole(v)
		made = Array(OF.noise(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8]))
	elif what == "gaussian":
		for u in v:
			made.append(OF.gaussian(float(u)))
	elif what == "cdf":
		for x in v:
			made.append(OF.normal_cdf(float(x)))
	elif what == "loop":
		made.append(OF.loop(float(v[0]), float(v[1]), float(v[2]), v[3] == "1"))
	elif what == "shift":
		made = OF.shift(int(v[0]), int(v[1]))
	elif what == "units":
		var n = whole(v)
		made = Array(OF.units(n[0], n[1], [n[9], n[10]], [n[11], n[12]], n[13], n[2], [n[3], n[4]],
				n[5], n[6], n[7], n[8], n[14], n[15]))
	else:
		var n = whole(v)
		var vectors = []
		for i in range(8, n.size(), 2):
			vectors.append([n[i], n[i + 1]])
		made = Array(OF.waves(n[0], vectors, n[1], [n[2], n[3]], n[4], n[5], n[6], n[7]))
	return made


func _init():
	var file = File.new()
	file.open("res://questions.txt", File.READ)
	var lines = Array(file.get_as_text().strip_edges().split("\n"))
	file.close()
	file.open("res://answers.txt", File.WRITE)
	for line in lines:
		var words = Array(line.split(" "))
		var said = PoolStringArray()
		for value in answer(words[0], words.slice(1, words.size())):
			said.append("%.9f" % value)
		file.store_line(said.join(" "))
	file.close()
	quit()
