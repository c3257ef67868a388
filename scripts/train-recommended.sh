#!/bin/sh
# Trains the model in the box again: sh scripts/train-recommended.sh UTKFACE_FOLDER. Stopped at any moment, it goes on when it is started again.
set -e
npx ipcgan prepare utkface --images "${1:?the folder of UTKFace}" --out datasets/utkface
npx ipcgan train --config configs/recommended.yaml --data datasets/utkface --run recommended --resume=auto
npx ipcgan export --to=model --model checkpoints/recommended --out models/recommended --weights_type=float16
