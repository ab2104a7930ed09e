#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["pillow==13.0.0", "torch==2.15.0", "torchvision==0.29.2", "transformers==5.23.0"]
# ///
"""Asks Python's transformers what the tiny random model answers, and keeps it as golden.json beside this file.

    cargo run --release --example random_model -- tiny FOLDER --seed 2
    python3 tests/model/golden/make.py FOLDER

Needs the packages named above (the CPU build of torch is enough). Run it again only when the generator changes: the test
asserts the SHA-256 of the weights. Pictures come from a formula that the test has too, so that no file is needed.
"""
import argparse, hashlib, json, pathlib, platform

import torch, transformers
from PIL import Image
from transformers import AutoImageProcessor, AutoTokenizer, Qwen3VLForConditionalGeneration

HERE = pathlib.Path(__file__).resolve().parent
# One of the seeds with which no choice of a word is close: the engines differ by some 3e-4 (see parity.rs).
SEED = 2
GREEDY = 16
# Words are chosen among the first tokens, ! to @, as in the test. mistralrs reads its own reply anew at each step to find
# positions, and goes astray where other tokens would be read (half a letter, two letters that are a word): these never are.
WORDS = 32
SYSTEM = "You say where photos were taken."
# Turns of a conversation: who speaks, pictures as [width, height, kind], text.
CASES = {
    "one picture": [
        ["user", [[320, 256, 0]], "Where was this photo taken? Name the country, then the city: \u00e9t\u00e9, \u6771\u4eac, 24\u00b0C."],
    ],
    "two pictures in two turns": [
        ["user", [[256, 352, 1]], "What do you see?"],
        ["assistant", [], "A sign beside a road."],
        ["user", [[448, 192, 2]], "And here?\nAnswer in one word."],
    ],
    "two pictures in one turn": [
        ["user", [[288, 288, 3], [320, 256, 0]], "Was the second photo taken near the first?"],
    ],
    "no picture": [
        ["user", [], "Which countries drive on the left?"],
    ],
    "resized by the engine": [
        ["user", [[333, 250, 4]], "Where was this photo taken?"],
    ],
}


def picture(width, height, kind):
    """Two ramps and a chequered board; the test draws the same."""
    image = Image.new("RGB", (width, height))
    image.putdata([
        (x * 255 // (width - 1), y * 255 // (height - 1), 220 if (x // 24 + y // 40 + kind) % 2 else 20 + 40 * kind)
        for y in range(height) for x in range(width)
    ])
    return image


def conversation(turns):
    messages = [{"role": "system", "content": SYSTEM}]
    for role, pictures, text in turns:
        items = [{"type": "image"} for _ in pictures] + [{"type": "text", "text": text}]
        messages.append({"role": role, "content": items if pictures else text})
    return messages


def inputs_of(turns, tokenizer, images, model):
    """What Qwen3-VL's processor does: each placeholder becomes as many as the picture has tokens."""
    text = tokenizer.apply_chat_template(conversation(turns), tokenize=False, add_generation_prompt=True)
    pictures = [picture(*p) for _, ps, _ in turns for p in ps]
    inputs = {}
    if pictures:
        inputs = dict(images(images=pictures, return_tensors="pt"))
        parts = text.split("<|image_pad|>")
        assert len(parts) == len(pictures) + 1, "the template drops pictures"
        counts = [int(grid.prod()) // images.merge_size**2 for grid in inputs["image_grid_thw"]]
        text = parts[0] + "".join("<|image_pad|>" * n + part for n, part in zip(counts, parts[1:]))
    ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
    pads = ids == model.config.image_token_id
    return {**inputs, "input_ids": ids, "mm_token_type_ids": pads.int()}


@torch.inference_mode()
def answer(turns, tokenizer, images, model):
    inputs = inputs_of(turns, tokenizer, images, model)
    prompt = inputs["input_ids"][0].tolist()
    first, greedy, closest = None, [], float("inf")
    for _ in range(GREEDY):
        logits = model(**inputs, use_cache=False).logits[0, -1]
        first = logits if first is None else first
        top = logits[:WORDS].topk(2)
        greedy.append(int(top.indices[0]))
        closest = min(closest, float(top.values[0] - top.values[1]))
        # The whole conversation again with one more token: slow, and with nothing that a cache could spoil.
        inputs["input_ids"] = torch.cat([inputs["input_ids"], torch.tensor([[greedy[-1]]])], 1)
        inputs["mm_token_type_ids"] = torch.cat([inputs["mm_token_type_ids"], torch.tensor([[0]], dtype=torch.int)], 1)
    print(f"{len(prompt)} tokens, logits spread by {float(first.std()):.2f}, closest choice {closest:.4f}")
    return {"prompt": prompt, "logits": [float(f"{x:.7g}") for x in first.tolist()], "greedy": greedy}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="the tiny model, made with seed 2")
    folder = parser.parse_args().folder
    tokenizer = AutoTokenizer.from_pretrained(folder)
    images = AutoImageProcessor.from_pretrained(folder)
    model = Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    cases = []
    for name, turns in CASES.items():
        print(f"{name}: ", end="")
        cases.append({"name": name, "turns": turns, **answer(turns, tokenizer, images, model)})
    golden = {
        "made_by": f"transformers {transformers.__version__}, torch {torch.__version__}, Python {platform.python_version()}",
        "seed": SEED,
        "weights_sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
        "system": SYSTEM,
        "cases": cases,
    }
    (HERE / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
