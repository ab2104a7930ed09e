#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["pillow==13.0.0", "torch==2.15.0", "torchvision==0.29.2", "transformers==5.23.0"]
# ///
"""The calls of examples/ask_model.rs in Python's transformers: same picture, same tokens, same lines of JSON.

    python3 evals/bench/model/peer.py FOLDER --side 320 --calls 400:200,500:40,450:100 [--dtype bfloat16]
"""
import argparse, json, os, time

import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoTokenizer, Qwen3VLForConditionalGeneration
from transformers.generation.streamers import BaseStreamer


def picture(side):
    """Two ramps and a chequered board."""
    image = Image.new("RGB", (side, side))
    image.putdata([
        (x * 255 // (side - 1), y * 255 // (side - 1), 220 if (x // 24 + y // 40) % 2 else 20)
        for y in range(side) for x in range(side)
    ])
    return image


class Stopwatch(BaseStreamer):
    """Notes when the first token of the reply comes; the prompt comes before it."""

    def __init__(self):
        self.started, self.seen, self.first = time.perf_counter(), 0, None

    def put(self, value):
        self.seen += 1
        if self.seen == 2:
            self.first = time.perf_counter() - self.started

    def end(self):
        pass


def peak_mb():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024


@torch.inference_mode()
def ask(model, tokenizer, images, photo, text_tokens, reply_tokens):
    watch = Stopwatch()
    messages = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "7" * text_tokens}]}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    inputs = dict(images(images=[photo], return_tensors="pt"))
    tokens = int(inputs["image_grid_thw"].prod()) // images.merge_size**2
    ids = tokenizer(text.replace("<|image_pad|>", "<|image_pad|>" * tokens), return_tensors="pt")["input_ids"]
    out = model.generate(
        **inputs, input_ids=ids, attention_mask=torch.ones_like(ids), mm_token_type_ids=(ids == model.config.image_token_id).int(),
        do_sample=False, min_new_tokens=reply_tokens, max_new_tokens=reply_tokens, streamer=watch,
    )
    total = time.perf_counter() - watch.started
    return {"prompt_tokens": ids.shape[1], "reply_tokens": out.shape[1] - ids.shape[1], "first_s": watch.first, "total_s": total}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--side", type=int, default=320)
    parser.add_argument("--calls", default="400:200,500:40,450:100")
    parser.add_argument("--dtype", choices=["bfloat16", "float32"], default="bfloat16")
    arguments = parser.parse_args()
    torch.set_num_threads(os.cpu_count())
    started = time.perf_counter()
    tokenizer = AutoTokenizer.from_pretrained(arguments.folder)
    images = AutoImageProcessor.from_pretrained(arguments.folder)
    model = Qwen3VLForConditionalGeneration.from_pretrained(arguments.folder, dtype=getattr(torch, arguments.dtype)).eval()
    print(json.dumps({"load_s": time.perf_counter() - started, "peak_mb": peak_mb()}), flush=True)
    photo = picture(arguments.side)
    for call in arguments.calls.split(","):
        print(json.dumps(ask(model, tokenizer, images, photo, *map(int, call.split(":")))), flush=True)
    print(json.dumps({"peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
