"""Checks a model of ONNX, and runs it: MODEL FOLDER, where source.bin and label.bin lie; writes OUTPUT.bin for each output, prints facts."""

import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime

path, folder = sys.argv[1], pathlib.Path(sys.argv[2])
model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
feeds = {}
for value in session.get_inputs():
    shape = [size if isinstance(size, int) else -1 for size in value.shape]
    feeds[value.name] = numpy.fromfile(folder / f"{value.name}.bin", "<f4").reshape(shape)
names = [value.name for value in session.get_outputs()]
for name, values in zip(names, session.run(names, feeds)):
    values.astype("<f4").tofile(folder / f"{name}.bin")
json.dump(
    {
        "opset": model.opset_import[0].version,
        "inputs": {value.name: value.shape for value in session.get_inputs()},
        "outputs": {value.name: value.shape for value in session.get_outputs()},
    },
    sys.stdout,
)
