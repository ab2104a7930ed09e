#!/usr/bin/env bash
# Puts a CUDA toolkit together out of Python wheels, good enough to build navig with --features cuda. Needs no GPU, no
# driver and no root; needs Linux on x86-64, Python 3 with pip, a C compiler, cargo, and 3 GB of disk.
#
#   evals/bench/cuda/toolkit.sh FOLDER        then: source FOLDER/env.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# = 1 ] || { sed -n 's/^# \{0,1\}//; 2,5p' "$0" >&2; exit 2; }
[ "$(uname -sm)" = "Linux x86_64" ] || { echo "the wheels are for Linux on x86-64" >&2; exit 2; }
mkdir -p "$1"
to=$(cd "$1" && pwd)
[ ! -e "$to/env.sh" ] || { echo "$to/env.sh is there already: nothing to do"; exit 0; }

# The sums of wheels.txt are checked by pip, also for what lies there from an earlier try.
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
    --find-links "$to/wheels" -d "$to/wheels" -r "$here/wheels.txt"
for wheel in "$to"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$to/unpacked"; done
cp -r "$to/unpacked/nvidia/cu13/." "$to"
rm -r "$to/unpacked" "$to/wheels"
# Wheels lose the right to execute, and hold no links.
find "$to/bin" "$to/nvvm/bin" -type f -exec chmod +x {} +
ln -sfn lib "$to/lib64"
for library in "$to"/lib/*.so.*; do ln -sfn "$(basename "$library")" "${library%%.so.*}.so"; done

# The driver's own library comes with the driver and not as a wheel. To link, names are enough: a library with all names that
# cudarc declares, which does nothing. At run time the loader takes the real one.
cudarc=$(cargo metadata --format-version 1 --locked --features cuda --manifest-path "$here/../../../Cargo.toml" |
    python3 -c 'import json, sys, pathlib
found = [p for p in json.load(sys.stdin)["packages"] if p["name"] == "cudarc" and p["version"].startswith("0.19.")]
print(pathlib.Path(found[0]["manifest_path"]).parent)')
mkdir -p "$to/lib/stubs"
grep -ohE '\bfn cu[A-Z]\w*\(' "$cudarc/src/driver/sys/mod.rs" | sed -E 's/fn (\w+)\(/void \1(void){}/' | sort -u >"$to/lib/stubs/driver.c"
names=$(wc -l <"$to/lib/stubs/driver.c")
[ "$names" -gt 300 ] || { echo "cudarc declares only $names functions of the driver: it has changed, look at $cudarc" >&2; exit 1; }
cc -shared -fPIC -Wl,-soname,libcuda.so.1 "$to/lib/stubs/driver.c" -o "$to/lib/stubs/libcuda.so"

# The compiler is tried before anybody relies on it.
cat >"$to/try.cu" <<'CUDA'
extern "C" __global__ void twice(float *x) { x[blockIdx.x * blockDim.x + threadIdx.x] *= 2.0f; }
CUDA
PATH="$to/bin:$to/nvvm/bin:$PATH" nvcc --ptx -arch=sm_90a -o "$to/try.ptx" "$to/try.cu"
grep -q 'entry twice' "$to/try.ptx"

# Written last: a folder with it is whole.
cat >"$to/env.sh" <<ENV
# A CUDA toolkit for building. CUDA_COMPUTE_CAP names the cards to build for: 80 A100, 86 RTX 30, 89 RTX 40 and L4, 90 H100.
export CUDA_HOME="$to" CUDA_PATH="$to" CUDA_ROOT="$to" CUDA_TOOLKIT_ROOT_DIR="$to"
export PATH="$to/bin:$to/nvvm/bin:\$PATH"
export LIBRARY_PATH="$to/lib:$to/lib/stubs\${LIBRARY_PATH:+:\$LIBRARY_PATH}"
export CUDA_COMPUTE_CAP="\${CUDA_COMPUTE_CAP:-90}"
# For running what was built; without the stubs, which do nothing.
export LD_LIBRARY_PATH="$to/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
ENV
"$to/bin/nvcc" --version | tail -2
echo "PTX: $(grep -E '^\.(version|target)' "$to/try.ptx" | tr '\n' ' '); $names names of the driver; $(du -sh "$to" | cut -f1)"
echo "source $to/env.sh"
