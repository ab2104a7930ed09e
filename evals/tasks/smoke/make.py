#!/usr/bin/env python3
"""Draws the pictures of the benchmark `smoke` and writes its list. Nothing in them is a photograph.

    python3 -m venv venv && venv/bin/pip install pillow==13.0.0 numpy==2.4.6 && venv/bin/python make.py

Fonts: DejaVu (Debian package fonts-dejavu-core) and VL Gothic (fonts-vlgothic); VL_GOTHIC names the latter's file where
it lies elsewhere. The same versions give the same bytes. Shops, web domains and telephone numbers are invented; names of
places and streets are real, and the list has the places' public coordinates.
"""

import csv
import os
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

HERE = Path(__file__).parent
DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
GOTHIC = os.environ.get("VL_GOTHIC", "/usr/share/fonts/truetype/vlgothic/VL-Gothic-Regular.ttf")
SIZE = WIDTH, HEIGHT = 640, 480
# Drawn twice as large and scaled down, so that edges are smooth.
SCALE = 2
HORIZON = 300
WHITE, BLACK, BLUE, GREEN, YELLOW, RED = (
    (246, 246, 242),
    (22, 22, 24),
    (24, 62, 122),
    (26, 92, 62),
    (244, 204, 58),
    (176, 34, 40),
)


class Scene:
    """A canvas with the sky and the ground on it; lengths and places in pixels of the finished picture."""

    def __init__(self, name, sky=((96, 142, 200), (214, 226, 238)), ground=(128, 134, 108)):
        # Each picture has a seed of its own, so that a change to one leaves the others as they are.
        self.name, self.random = name, np.random.default_rng(zlib.crc32(name.encode()))
        rows = np.linspace(0, 1, HEIGHT * SCALE)[:, None, None] / (HORIZON / HEIGHT)
        top, bottom = (np.array(colour, float) for colour in sky)
        pixels = np.where(
            rows < 1, top + (bottom - top) * np.minimum(rows, 1), np.array(ground, float) * (1.1 - 0.12 * rows)
        )
        self.image = Image.fromarray(np.broadcast_to(pixels, (HEIGHT * SCALE, WIDTH * SCALE, 3)).astype("uint8"))
        self.draw = ImageDraw.Draw(self.image)

    def box(self, left, top, right, bottom, fill, border=None, radius=0, width=4):
        corners = tuple(v * SCALE for v in (left, top, right, bottom))
        self.draw.rounded_rectangle(corners, radius * SCALE, fill, border, width * SCALE if border else 0)

    def shape(self, points, fill):
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def text(self, x, y, text, size, fill=BLACK, anchor="mm", font=DEJAVU):
        self.draw.text((x * SCALE, y * SCALE), text, fill, ImageFont.truetype(font, size * SCALE), anchor)

    def sign(self, box, lines, fill=WHITE, border=BLACK, colour=BLACK, font=DEJAVU, posts=True):
        """A board on two posts; each line is (text, size) and stands in the middle."""
        left, top, right, bottom = box
        if posts:
            for x in (left + (right - left) * 0.2, left + (right - left) * 0.8):
                self.box(x - 4, bottom - 6, x + 4, HORIZON + 96, (150, 152, 154))
        self.box(*box, fill, border, 8)
        height = sum(size * 1.35 for _, size in lines)
        y = (top + bottom - height) / 2
        for text, size in lines:
            self.text((left + right) / 2, y + size * 0.68, text, size, colour, font=font)
            y += size * 1.35

    def direction(self, y, left, right, text, distance):
        """A direction sign: an arrow to the left, a name, a distance."""
        self.box(left, y - 29, right, y + 29, WHITE, BLACK, 6)
        self.shape([(left + 12, y), (left + 34, y - 16), (left + 34, y + 16)], BLACK)
        self.box(left + 34, y - 6, left + 54, y + 6, BLACK)
        self.text(left + 70, y, text, 36, anchor="lm")
        self.text(right - 16, y, distance, 36, anchor="rm")

    def hills(self, height, fill, rough=1.0):
        points = np.linspace(0, WIDTH, 9)
        tops = HORIZON - height * (0.4 + 0.6 * self.random.random(9) * rough)
        x = np.arange(0, WIDTH + 1, 4)
        waves = np.interp(x, points, tops)
        # A moving mean rounds the ridge.
        waves = np.convolve(np.pad(waves, 12, "edge"), np.ones(25) / 25, "valid")
        self.shape([*zip(x, waves), (WIDTH, HORIZON + 2), (0, HORIZON + 2)], fill)

    def road(self, fill=(104, 104, 106)):
        self.shape([(300, HORIZON), (340, HORIZON), (600, HEIGHT), (40, HEIGHT)], fill)
        for near, far in ((0.98, 0.72), (0.58, 0.42), (0.33, 0.24), (0.18, 0.12)):
            low, high = HORIZON + (HEIGHT - HORIZON) * near, HORIZON + (HEIGHT - HORIZON) * far
            self.shape(
                [(320 - 9 * near, low), (320 + 9 * near, low), (320 + 9 * far, high), (320 - 9 * far, high)],
                (222, 220, 212),
            )

    def house(self, left, right, top, wall, roof, windows=2):
        foot = HORIZON + 34
        self.box(left, top, right, foot, wall)
        self.shape([(left - 8, top), (right + 8, top), (right - 14, top - 34), (left + 14, top - 34)], roof)
        step = (right - left) / windows
        for n in range(windows):
            x = left + step * (n + 0.5)
            # Bars would be read as characters, so panes are plain.
            self.box(x - 15, top + 20, x + 15, top + 62, (70, 84, 100), (232, 230, 222), 0, 3)

    def front(self, wall, lines, board=BLUE, colour=WHITE, font=DEJAVU):
        """A shop that fills the middle: a board above two windows and a door."""
        self.box(70, 60, 570, HORIZON + 60, wall)
        self.box(90, 84, 550, 84 + sum(size * 1.35 for _, size in lines) + 24, board, None, 4)
        y = 96
        for text, size in lines:
            self.text(320, y + size * 0.68, text, size, colour, font=font)
            y += size * 1.35
        for left, right in ((100, 260), (380, 540)):
            self.box(left, 268, right, HORIZON + 44, (92, 84, 74), (224, 220, 210), 0, 5)
        self.box(286, 262, 354, HORIZON + 60, (84, 52, 38))

    def save(self, exif=None):
        """What a lens and a sensor do: soften, grain."""
        image = self.image.resize(SIZE, Image.LANCZOS).filter(ImageFilter.GaussianBlur(0.4))
        pixels = np.asarray(image).astype("float32") + self.random.normal(0, 1.6, (HEIGHT, WIDTH, 1))
        image = Image.fromarray(np.clip(pixels, 0, 255).astype("uint8"))
        image.save(HERE / f"{self.name}.jpg", quality=80, optimize=True, **({"exif": exif} if exif else {}))


def tondela():
    scene = Scene("tondela")
    scene.hills(120, (120, 140, 122))
    scene.house(20, 190, 190, (240, 232, 214), (180, 92, 62))
    scene.road()
    scene.box(326, 60, 336, HORIZON + 110, (150, 152, 154))
    scene.direction(100, 210, 560, "Tondela", "12")
    scene.direction(166, 210, 560, "Aveiro", "78")
    scene.direction(232, 210, 560, "Viseu", "24")
    scene.save()


def tirana():
    scene = Scene("tirana")
    scene.hills(150, (134, 136, 120))
    scene.house(30, 300, 150, (222, 186, 110), (150, 92, 70), 3)
    scene.house(340, 620, 120, (206, 128, 104), (130, 84, 70), 3)
    scene.road()
    scene.sign((110, 40, 530, 118), [("Rruga Ismail Qemali", 36)], BLUE, WHITE, WHITE)
    scene.sign((180, 220, 460, 300), [("Tiranë 3 km", 40)])
    scene.save()


def odense():
    scene = Scene("odense", ground=(104, 142, 88))
    scene.house(20, 230, 180, (170, 78, 62), (96, 60, 56), 2)
    scene.hills(30, (92, 122, 84))
    scene.road((150, 142, 124))
    scene.sign(
        (150, 70, 490, 290),
        [("Privat vej", 40), ("Ingen adgang", 36), ("Cykling forbudt", 32), ("Hunde i snor", 32)],
        YELLOW,
    )
    scene.save()


def vienna():
    scene = Scene("vienna", ground=(150, 148, 142))
    scene.front(
        (226, 210, 170), [("Bäckerei Lindner", 42), ("1070 Wien", 34), ("Tel. +43 1 000 01 47", 34)], (96, 40, 34)
    )
    scene.save()


def kanazawa():
    """A building site; the reader knows few kana, and these are among them."""
    scene = Scene("kanazawa", ground=(140, 140, 138))
    scene.house(20, 150, 170, (206, 200, 190), (92, 96, 106), 1)
    scene.house(500, 620, 150, (214, 208, 196), (86, 90, 100), 1)
    scene.road()
    scene.sign((130, 50, 510, 290), [("立入禁止", 56), ("工事中", 52), ("火の用心", 48)], YELLOW, font=GOTHIC)
    scene.shape([(230, 330), (410, 330), (320, 476)], WHITE)
    scene.shape([(238, 335), (402, 335), (320, 468)], RED)
    scene.text(320, 366, "止まれ", 40, WHITE, font=GOTHIC)
    scene.save()


def tampere():
    scene = Scene("tampere", ((150, 170, 190), (226, 230, 232)), (166, 168, 166))
    scene.front(
        (196, 74, 60),
        [("Kahvila ja leipomo", 38), ("avoinna maanantai - perjantai", 26), ("www.esimerkkila.fi", 34)],
        GREEN,
    )
    scene.save()


def hills():
    scene = Scene("hills", ((150, 156, 162), (204, 206, 208)), (112, 114, 112))
    for height, tone in ((190, 158), (130, 142), (70, 126)):
        scene.hills(height, (tone, tone + 2, tone + 2))
    scene.save()


def krakow():
    """Polish signs, and a position in the file that is Sydney's: whoever believes the file is half a world away."""
    scene = Scene("krakow")
    scene.hills(70, (110, 132, 104))
    scene.house(400, 620, 170, (230, 224, 206), (120, 70, 60), 2)
    scene.road()
    scene.sign((60, 70, 400, 240), [("Teren prywatny", 36), ("zakaz wjazdu", 34), ("uwaga zły pies", 34)], YELLOW)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "navig", "make.py"
    exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 51.0, 24.5), 3: "E", 4: (151.0, 12.0, 55.1), 6: 4.0})
    scene.save(exif)


# Latitude, longitude, country, author: the middle of the place after which a picture is called, and for `hills` Iceland's
# inland.
LIST = [
    (tondela, 40.5170, -8.0800, "PT", "ada"),
    (tirana, 41.3275, 19.8189, "AL", "ada"),
    (odense, 55.3959, 10.3883, "DK", "ben"),
    (vienna, 48.2082, 16.3738, "AT", "ben"),
    (kanazawa, 36.5613, 136.6562, "JP", "ben"),
    (tampere, 61.4981, 23.7608, "FI", "cleo"),
    (hills, 64.7500, -18.5000, "IS", "cleo"),
    (krakow, 50.0614, 19.9366, "PL", "cleo"),
]


def main():
    rows = []
    for scene, lat, lon, country, author in LIST:
        scene()
        rows.append((f"{scene.__name__}.jpg", f"{lat:.4f}", f"{lon:.4f}", country, author))
    with (HERE / "smoke.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("file", "lat", "lon", "country_iso2", "author"), *rows])
    sizes = {row[0]: (HERE / row[0]).stat().st_size for row in rows}
    print(*(f"{name}: {size:,} bytes" for name, size in sizes.items()), f"together {sum(sizes.values()):,}", sep="\n")


if __name__ == "__main__":
    main()
