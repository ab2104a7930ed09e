#!/usr/bin/env python3
"""A LoRA training step by Python's torch, transformers and peft: what `navig train` is held against.

    cargo run --release --example random_model -- tiny TINY --seed 2
    cargo run --release --example random_model -- 25m MID --seed 2
    python3 evals/bench/train/torch_peer.py TINY MID [--shapes 1x512,2x256] [--steps 9] [--threads 2] [--only plain|checkpointing]

Prints a JSON line for each model, shape (sequences x tokens) and way of keeping activations. The language model reads plain
text, every token of which but the first is a label; f32 on the CPU; r = 8, alpha = 16 on all seven linears; AdamW (foreach),
clipped at 1.0.
Each measurement is a process of its own. A step is: clear the gradients, forward, backward, clip, update; the first is not
timed. Processor time counts threads that wait too: torch's spin. Memory is the peak over all the steps, which makes AdamW's
moments and gradients, above what was resident after loading and reading eight tokens. The tower is loaded and never runs.
Leave the machine to it: where other processes want the cores, threads that wait for one another cost seconds a step.
Needs torch, transformers, peft; Linux, for `/proc/self`.
"""
import argparse, json, multiprocessing, pathlib, statistics, time, warnings

TARGETS = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"


def resident_mib(name: str) -> float:
    """`VmRSS`, what is resident now, or `VmHWM`, the most there was."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(name)).split()[1]) / 1024


def measure(folder: str, batch: int, tokens: int, checkpointing: bool, steps: int, threads: int):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import Qwen3VLForConditionalGeneration
    from transformers.utils import logging

    # peft calls what transformers renamed.
    warnings.simplefilter("ignore", FutureWarning)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(threads)
    torch.manual_seed(2)
    model = Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    model.config.use_cache = False
    weights = sum(p.numel() for p in model.parameters())
    words = model.config.image_token_id - 12  # Before the tokens that were added.
    model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=TARGETS, task_type="CAUSAL_LM"))
    if checkpointing:
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model.train()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, foreach=True)
    ids = torch.randint(0, words, (batch, tokens))
    with torch.no_grad():
        model(input_ids=ids[:1, :8])

    before = resident_mib("VmRSS")
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    wall, cpu, losses = [], [], []
    for _ in range(1 + steps):
        started = time.perf_counter(), time.process_time()
        optimizer.zero_grad(set_to_none=True)
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        losses.append(loss.item())
        wall.append(time.perf_counter() - started[0])
        cpu.append(time.process_time() - started[1])
    peak = resident_mib("VmHWM")
    assert losses[-1] < losses[0], "it learns"
    return {
        "model": pathlib.Path(folder).name,
        "weights": weights,
        "trained": sum(p.numel() for p in trained),
        "batch": batch,
        "tokens": tokens,
        "checkpointing": checkpointing,
        "step_ms_median": round(statistics.median(wall[1:]) * 1e3, 1),
        "step_ms_min": round(min(wall[1:]) * 1e3, 1),
        "step_cpu_s": round(statistics.median(cpu[1:]), 4),
        "peak_rss_delta_mib": round(peak - before, 1),
        "loss_first": round(losses[0], 4),
        "loss_last": round(losses[-1], 4),
        "torch": torch.__version__,
        "threads": threads,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="+", help="a Qwen3-VL model")
    parser.add_argument("--shapes", default="1x512,2x256", help="sequences x tokens, with commas between")
    parser.add_argument("--steps", type=int, default=9, help="how many are timed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=["plain", "checkpointing"])
    args = parser.parse_args()
    ways = [False, True] if args.only is None else [args.only == "checkpointing"]
    spawn = multiprocessing.get_context("spawn")
    for folder in args.folder:
        for shape in args.shapes.split(","):
            batch, tokens = map(int, shape.split("x"))
            for checkpointing in ways:
                with spawn.Pool(1) as one:
                    found = one.apply(measure, (folder, batch, tokens, checkpointing, args.steps, args.threads))
                print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
