#!/usr/bin/env bash
# Checks a CUDA build of navig on a machine with a GPU: a random model of the shape of Qwen3-VL-4B is loaded with q4k and in
# 16 bits, with paged attention, and asked; then the same question goes to the processor, and the two must agree. Then steps of
# training in 16 bits and on packed weights, and their gradients beside those of the processor.
#
#   source FOLDER/env.sh; evals/bench/cuda/check.sh [OUT] [2b|4b]
#
# OUT gets one line of JSON for each run, and what the card is. Exit status 1: the two devices do not agree, in answers or in gradients.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${1:-evals/bench/cuda/results}
shape=${2:-4b}
command -v nvidia-smi >/dev/null || { echo "no nvidia-smi: this is a check for a machine with a GPU" >&2; exit 2; }
mkdir -p "$out"
model=${CARGO_TARGET_DIR:-target}/models/random-$shape
card() { nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader; }

cargo build --release --locked --features cuda --bin navig --example model_speed --example random_model --example train_step
examples=${CARGO_TARGET_DIR:-target}/release/examples
[ -e "$model/config.json" ] || "$examples/random_model" "$shape" "$model"

# What the card holds at most while a command runs, MB, beyond what it held before.
card_mb() { nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits | head -1; }
measured() {
    local name=$1; shift
    local before watched watcher
    before=$(card_mb)
    watched=$(mktemp)
    (while :; do card_mb >>"$watched"; sleep 0.1; done) & watcher=$!
    "$@" >"$out/$name.json" || { kill "$watcher"; return 1; }
    kill "$watcher"; wait "$watcher" 2>/dev/null || true
    echo "{\"run\":\"$name\",\"card_mb\":$(($(sort -n "$watched" | tail -1) - before))}" >"$out/$name.card.json"
    rm "$watched"
    echo "$name: $(cat "$out/$name.json" "$out/$name.card.json" | tr '\n' ' ')"
}

card | tee "$out/card.txt"
for quant in q4k none; do
    measured "gpu-$quant" "$examples/model_speed" "$model" --quant "$quant" --device auto
done
# The processor computes in 32 bits, the card in 16: a short reply is enough to compare, and all that it has time for.
measured cpu-q4k "$examples/model_speed" "$model" --quant q4k --device cpu --letters 8
# A picture of 1,024 tokens and 300 of text. The more blocks, the less two ways of rounding agree where weights are random: of 8
# blocks torch's own cosine of bf16 with 32 bits is 0.992 (`evals/results/training.md`).
for base in bf16 q8_0 q4k; do
    measured "train-$base" "$examples/train_step" "$model" 1 1324 checkpointing 5 "$base" cuda
done
[ -e "$model-25m/config.json" ] || "$examples/random_model" 25m "$model-25m" --seed 2
measured train-cosine "$examples/train_step" "$model-25m" 1 512 cosine 0 bf16 cuda
measured photo env NAVIG_MODEL="$model" "${CARGO_TARGET_DIR:-target}/release/navig" locate data/samples/street.jpg --format json

python3 - "$out" <<'PYTHON'
import json, math, pathlib, sys
out = pathlib.Path(sys.argv[1])
read = lambda name: json.loads((out / f"{name}.json").read_text())
gpu, cpu = read("gpu-q4k"), read("cpu-q4k")
# Of five words that the model finds unlikely, so relations and not probabilities are compared.
lean = lambda run: [math.log(max(o["p"], 1e-30)) for o in run["p"]]
a, b = lean(gpu), lean(cpu)
off = max(abs((x - a[0]) - (y - b[0])) for x, y in zip(a, b))
agree = off < 0.5
same = {name: read(name)["same_reply"] for name in ("gpu-q4k", "gpu-none", "cpu-q4k")}
speed = {base: round(1324e3 / read(f"train-{base}")["step_ms_median"]) for base in ("bf16", "q8_0", "q4k")}
cosine = read("train-cosine")["cosine"]
print(json.dumps({"largest_difference_of_ln_p": round(off, 4), "agree": agree, "same_reply_thrice": same,
                  "tokens_trained_a_second": speed, "cosine_of_gradients": cosine}))
sys.exit(not (agree and cosine > 0.98))
PYTHON
