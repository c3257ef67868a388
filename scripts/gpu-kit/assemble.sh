#!/usr/bin/env bash
# On the GPU machine: puts the pieces together in KIT, gives CUDA 13's libraries the names of CUDA 12's, and writes KIT/run, by which every
# command there is run: `KIT/run node dist/cli/index.js doctor --device=cuda`.
# usage: bash assemble.sh PIECES KIT [NVIDIA]   (NVIDIA: folder of NVIDIA's Python packages; by default that of python3)
set -euo pipefail
pieces=$(cd "$1" && pwd) && mkdir -p "$2" && kit=$(cd "$2" && pwd)
(cd "$pieces" && sha256sum --quiet -c manifest)
unpack() {
  if command -v xz > /dev/null; then xz -dc -T0; else python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.stdin.buffer), sys.stdout.buffer, 1 << 22)'; fi
}
cat "$pieces"/piece-* | unpack | tar -xC "$kit"
nvidia=${3:-$(python3 -c 'import nvidia; print(list(nvidia.__path__)[0])' 2> /dev/null || true)}
folders=$kit/cuda12
# NAME.VERSION that TensorFlow asks for; whatever version is there takes its place
for wanted in libcublas.so.12 libcublasLt.so.12 libcufft.so.11 libcusparse.so.12 libcusolver.so.11 libcudnn.so.9 libnccl.so.2; do
  found=$(find -L ${nvidia:+"$nvidia"} /usr/local/cuda*/lib64 -name "${wanted%.*}.[0-9]*" 2> /dev/null | sort -V | head -1 || true)
  if [ -z "$found" ]; then echo "assemble: no ${wanted%.*}: TensorFlow will find no GPU" >&2; continue; fi
  ln -sfn "$found" "$kit/cuda12/$wanted"
  # they find each other by their own names
  folders=$folders:$(dirname "$found")
done
for name in libcuda.so.1 libnvidia-ml.so.1; do
  found=$({ PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2> /dev/null | awk -v name=$name '$1 == name { print $NF }'; find -L ${nvidia:+"$nvidia"} /usr/local/nvidia /usr/lib /usr/lib64 -name $name 2> /dev/null; } | head -1 || true)
  if [ -n "$found" ]; then folders=$folders:$(dirname "$found"); else echo "assemble: no $name: TensorFlow will find no GPU" >&2; fi
done
folders=$(tr : '\n' <<< "$folders" | awk '!seen[$0]++' | paste -sd:)
cat > "$kit/run" << RUN
#!/usr/bin/env bash
# Runs a command in the kit's checkout, with the kit's Node and engine.
export PATH=$kit/bin:\$PATH LD_LIBRARY_PATH=$folders IPCGAN_ENGINE_DIR=$kit/engine IPCGAN_KIT=$kit
export CUDA_CACHE_PATH=$kit/compiled CUDA_CACHE_MAXSIZE=2147483648
cd $kit/checkout && exec "\$@"
RUN
chmod +x "$kit/run"
"$kit/run" node -e 'console.log("assembled", process.version)'
