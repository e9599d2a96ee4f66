"""libtexturenet.so through ctypes, with pictures as arrays."""

import ctypes as c

import numpy as np

RGBA, COLOUR, MAPS, HEIGHT = range(4)
KINDS = "colour", "normal", "height", "roughness", "occlusion", "metallic"
Progress = c.CFUNCTYPE(c.c_int, c.c_double, c.c_void_p)


class View(c.Structure):
    _fields_ = [
        ("seed", c.c_uint64),
        *((name, c.c_int64) for name in ("row", "column", "height", "width")),
        ("tile_height", c.c_int64),
        ("tile_width", c.c_int64),
        ("border", c.c_uint64),
        ("other", c.c_uint64),
        ("turns", c.c_double * 12),
        *((name, c.c_int32) for name in ("bordered", "turned", "octave", "reserved")),
        ("readout", c.POINTER(c.c_float)),
    ]


class Map(c.Structure):
    _fields_ = [(name, c.c_int32) for name in ("kind", "channels", "first", "constant")]


class Facts(c.Structure):
    _fields_ = [
        *((name, c.c_int32) for name in ("scales", "octaves", "channels", "maps")),
        *((name, c.c_int64) for name in ("step_height", "step_width", "least_border")),
        ("map", Map * 6),
        ("name", c.c_char * 208),
        ("features", c.c_int32),
    ]


class Refused(ValueError):
    """What the library says of an input."""


class Library:
    def __init__(self, path):
        self.so = c.CDLL(str(path))
        self.so.tn_open.restype = c.c_void_p
        self.so.tn_open.argtypes = [c.c_char_p, c.c_size_t, c.c_char_p]
        self.so.tn_close.argtypes = [c.c_void_p]
        self.so.tn_facts_of.restype = c.POINTER(Facts)
        self.so.tn_facts_of.argtypes = [c.c_void_p]
        self.so.tn_draw.argtypes = [
            c.c_void_p, c.POINTER(View), c.c_int, c.c_void_p, c.c_void_p, c.c_void_p, c.c_char_p,
        ]  # fmt: skip

    def open(self, data):
        error = c.create_string_buffer(256)
        handle = self.so.tn_open(data, len(data), error)
        if not handle:
            raise Refused(error.value.decode())
        return Net(self.so, handle)


class Net:
    def __init__(self, so, handle):
        self.so, self.handle = so, handle
        self.facts = so.tn_facts_of(handle).contents

    def close(self):
        self.so.tn_close(self.handle)

    def draw(self, height, width, form=RGBA, progress=None, turns=None, **more):
        view = View(height=height, width=width, **more)
        if turns is not None:
            view.turned = 1
            view.turns[: len(turns)] = turns
        planes = {RGBA: 4, COLOUR: 3, MAPS: max(1, self.facts.channels), HEIGHT: 4}[form]
        shape = (height, width, 4) if form == RGBA else (planes, height, width)
        out = np.zeros(shape, np.uint8 if form == RGBA else np.float32)
        error = c.create_string_buffer(256)
        call = Progress(progress) if progress else None
        result = self.so.tn_draw(self.handle, view, form, out.ctypes.data, call, None, error)
        if result == 2:
            return None
        if result:
            raise Refused(error.value.decode())
        return out

    def maps(self, height, width, **more):
        planes = self.draw(height, width, MAPS, **more)
        return {
            KINDS[m.kind]: planes[m.first : m.first + m.channels]
            for m in self.facts.map[: self.facts.maps]
        }
