"""A released net as a file of other programs: ONNX, TorchScript, or plain weights.

In: a texture (`sampling.Texture`). Out: the bytes of a file. The noise is not part of it: it is the
file's input, and docs/export.md says how any program makes it. Nothing but commands imports this
package; onnx is imported in `onnx_file` alone.

::

    architecture, card --ports--> names, channels and cells of every input; names of the maps
    net --program--> steps of operators that engines know
    steps --onnx_file, torch_file--> a file;  weights --npz_file--> a file
    file --checking--> how far it is from what `Texture.render` gives

Modules in reading order: `ports`, `program`, `onnx_file`, `torch_file`, `npz_file`, `checking`,
`formats` (which format has which suffix and writer).
"""
