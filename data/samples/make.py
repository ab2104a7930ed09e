#!/usr/bin/env python3
"""Draws the sample photos of this folder. Nothing in them is a photograph.

    python3 -m venv venv && venv/bin/pip install pillow==13.0.0 numpy==2.4.6 && venv/bin/python make.py

Fonts: DejaVu (Debian package fonts-dejavu-core). The same versions give the same bytes.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

HERE = Path(__file__).parent
FONTS = Path("/usr/share/fonts/truetype/dejavu")
RNG = np.random.default_rng(2024)


def font(size, name="DejaVuSans-Bold"):
    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), int(size))


def noise(width, height, octaves=((4, 1.0), (16, 0.5), (64, 0.25))):
    """Smooth noise in [-1, 1]; each octave is (cells across, weight)."""
    total = np.zeros((height, width))
    for cells, weight in octaves:
        rows = max(2, round(cells * height / width))
        grid = RNG.uniform(-1, 1, (rows, max(2, cells))).astype("float32")
        total += weight * np.asarray(Image.fromarray(grid).resize((width, height), Image.BICUBIC))
    return total / sum(weight for _, weight in octaves)


def shade(image, field):
    """Multiplies a picture by 1 + field, field broadcast over the channels."""
    pixels = np.asarray(image.convert("RGB")).astype("float32")
    return Image.fromarray(np.clip(pixels * (1 + field[..., None]), 0, 255).astype("uint8"))


def finish(image, size, grain=3.0):
    """What a lens and a sensor do: scale down, soften, darken the corners, add grain."""
    image = image.resize(size, Image.LANCZOS).filter(ImageFilter.GaussianBlur(0.5))
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    corner = ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * -0.35
    pixels = np.asarray(shade(image, corner)).astype("float32")
    pixels += RNG.normal(0, grain, pixels.shape[:2])[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype("uint8"))


def sky(width, height, top=(76, 128, 196), bottom=(205, 222, 238), cover=0.25):
    t = np.linspace(0, 1, height)[:, None, None] ** 0.8
    pixels = np.array(top) * (1 - t) + np.array(bottom) * t + np.zeros((1, width, 1))
    cloud = noise(width, height, ((3, 1.0), (8, 0.7), (24, 0.4), (70, 0.2), (200, 0.1)))
    cloud = np.clip((cloud + cover - 0.12) * 3.0, 0, 1)[..., None] * 0.85
    return Image.fromarray((pixels * (1 - cloud) + np.array((247, 246, 244)) * cloud).astype("uint8"))


def solve(target, source):
    """Coefficients of PIL's PERSPECTIVE transform: where in `source` each corner of `target` comes from."""
    rows, values = [], []
    for (x, y), (u, v) in zip(target, source):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.linalg.solve(np.array(rows, float), np.array(values, float))


def warp(canvas, texture, corners):
    """Lays a texture (RGB or RGBA) on four points: upper left, upper right, lower right, lower left."""
    texture = texture.convert("RGBA")
    width, height = texture.size
    left, top = (int(min(p[i] for p in corners)) - 2 for i in (0, 1))
    right, bottom = (int(max(p[i] for p in corners)) + 3 for i in (0, 1))
    left, top = max(left, -canvas.width), max(top, -canvas.height)
    right, bottom = min(right, 2 * canvas.width), min(bottom, 2 * canvas.height)
    # Shrinking without a blur first would alias.
    span = max(abs(corners[1][0] - corners[0][0]), abs(corners[2][0] - corners[3][0]), 1)
    if width / span > 2:
        texture = texture.filter(ImageFilter.GaussianBlur(width / span / 3))
    target = [(x - left, y - top) for x, y in corners]
    source = [(0, 0), (width, 0), (width, height), (0, height)]
    box = (right - left, bottom - top)
    laid = texture.transform(box, Image.PERSPECTIVE, solve(target, source), Image.BICUBIC)
    inside = Image.new("L", box, 0)
    ImageDraw.Draw(inside).polygon(target, fill=255)
    canvas.paste(laid.convert("RGB"), (left, top), ImageChops.multiply(inside, laid.getchannel("A")))


class Camera:
    """A pinhole at eye height above the origin, looking along z; metres in, pixels out."""

    def __init__(self, width, height, eye=1.65, zoom=0.82, horizon=0.52):
        self.focal, self.eye = zoom * width, eye
        self.centre, self.horizon = width * 0.5, height * horizon

    def at(self, x, y, z):
        return (self.centre + self.focal * x / z, self.horizon - self.focal * (y - self.eye) / z)

    def wall(self, x, near, far, low, high):
        """Corners of a wall along the street; the texture's left end lies near on the left side, far on the right."""
        first, last = (near, far) if x < 0 else (far, near)
        return [self.at(x, high, first), self.at(x, high, last), self.at(x, low, last), self.at(x, low, first)]

    def board(self, x, y, z, width, height):
        """Corners of a board that faces the camera; x and y are its middle."""
        half, rise = width / 2, height / 2
        return [self.at(x + a * half, y + b * rise, z) for a, b in ((-1, 1), (1, 1), (1, -1), (-1, -1))]


PX = 90  # texture pixels for each metre of a façade


def facade(length, height, wall, band, floors, shop=None, light=1.0):
    """A whitewashed house of the south: coloured band, framed windows with shutters, a door, perhaps a shop."""
    width, tall = int(length * PX), int(height * PX)
    image = Image.new("RGB", (width, tall), wall)
    draw = ImageDraw.Draw(image)
    frame = tuple(int(c * 0.82) for c in band)
    draw.rectangle((0, tall - int(0.7 * PX), width, tall), fill=band)
    draw.rectangle((0, 0, width, int(0.28 * PX)), fill=band)
    for edge in (0, width - int(0.3 * PX)):
        draw.rectangle((edge, 0, edge + int(0.3 * PX), tall), fill=band)
    storey = height / floors
    columns = max(2, int(length / 2.6))
    pitch = length / columns
    for floor in range(floors):
        ground = floor == floors - 1
        if ground and shop:
            continue
        for column in range(columns):
            middle = (column + 0.5) * pitch * PX
            low = (floor + 1) * storey * PX - (0 if ground and column == columns // 2 else 0.85 * PX)
            high = floor * storey * PX + 0.75 * PX
            half = 0.52 * PX
            draw.rectangle((middle - half - 11, high - 11, middle + half + 11, low + 11), fill=frame)
            if ground and column == columns // 2:
                draw.rectangle((middle - half, high, middle + half, low), fill=(86, 54, 38))
                for panel in range(3):
                    top = high + 14 + panel * (low - high) / 3
                    for side in (-1, 1):
                        x = middle + side * half / 2
                        draw.rectangle((x - 17, top, x + 17, top + (low - high) / 3 - 28), outline=(58, 34, 24), width=4)
            else:
                draw.rectangle((middle - half, high, middle + half, low), fill=(58, 72, 88))
                draw.polygon([(middle - half, high), (middle + half, high), (middle - half, low)], fill=(92, 112, 132))
                draw.line((middle, high, middle, low), fill=(236, 236, 230), width=7)
                for bar in (0.33, 0.66):
                    y = high + bar * (low - high)
                    draw.line((middle - half, y, middle + half, y), fill=(236, 236, 230), width=4)
                if (column + floor) % 3 == 0:
                    for side in (-1, 1):
                        edge = middle + side * half
                        box = sorted((edge, edge + side * 0.42 * PX))
                        draw.rectangle((box[0], high, box[1], low), fill=(44, 92, 74))
                        for slat in range(int(high) + 6, int(low), 9):
                            draw.line((box[0] + 4, slat, box[1] - 4, slat), fill=(34, 70, 58), width=3)
                if floor == 0 and floors > 1 and column % 2 == 0:
                    rail = low + 4
                    draw.rectangle((middle - half - 30, rail, middle + half + 30, rail + 14), fill=(196, 190, 180))
                    for bar in range(int(middle - half - 26), int(middle + half + 28), 14):
                        draw.line((bar, rail - 0.8 * PX, bar, rail), fill=(30, 32, 36), width=4)
                    draw.line((middle - half - 28, rail - 0.8 * PX, middle + half + 28, rail - 0.8 * PX), fill=(30, 32, 36), width=7)
    if shop:
        shop(draw, width, tall, storey * PX)
    grime = noise(width, tall, ((6, 1.0), (30, 0.6), (140, 0.5))) * 0.07
    grime += np.linspace(0.02, -0.07, tall)[:, None]
    return shade(image, (1 + grime) * light - 1)


def shop_front(draw, width, tall, storey):
    """A pastry shop with an invented name, domain and number; +351 282 is the area code of Lagos."""
    top = tall - storey
    draw.rectangle((30, top + 8, width - 30, top + 118), fill=(24, 58, 104))
    draw.rectangle((36, top + 14, width - 36, top + 112), outline=(214, 188, 110), width=4)
    draw.text((width / 2, top + 63), "PASTELARIA SOL E SAL", font=font(56), fill=(248, 240, 214), anchor="mm")
    for left, right in ((0.05, 0.40), (0.60, 0.95)):
        box = (width * left, top + 140, width * right, tall - 62)
        draw.rectangle(box, fill=(62, 50, 42))
        draw.rectangle((box[0] + 10, box[1] + 10, box[2] - 10, box[3] - 10), fill=(96, 88, 72))
        for shelf in range(2):
            y = box[1] + 56 + shelf * 50
            draw.line((box[0] + 16, y, box[2] - 16, y), fill=(190, 170, 130), width=6)
            for cake in range(int(box[0] + 34), int(box[2] - 30), 44):
                draw.ellipse((cake, y - 24, cake + 30, y - 2), fill=(216, 160, 72))
    draw.rectangle((width * 0.43, top + 140, width * 0.57, tall), fill=(40, 66, 60))
    draw.rectangle((width * 0.445, top + 156, width * 0.555, tall - 80), fill=(104, 118, 116))


def board(width, height, fill, border, lines, radius=26):
    """A sign; `lines` are (x, y, anchor, size, colour, text) in its own pixels."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((2, 2, width - 3, height - 3), radius, fill=fill)
    draw.rounded_rectangle((13, 13, width - 14, height - 14), radius - 8, outline=border, width=8)
    for x, y, anchor, size, colour, text in lines:
        draw.text((x, y), text, font=font(size), fill=colour, anchor=anchor)
    gloss = np.linspace(0.03, -0.07, height)[:, None] + noise(width, height, ((3, 1), (12, 0.4))) * 0.04
    alpha = image.getchannel("A")
    shaded = shade(image, gloss).convert("RGBA")
    shaded.putalpha(alpha)
    return shaded


def post(canvas, camera, x, z, top, radius=0.035):
    draw = ImageDraw.Draw(canvas)
    (left, low), (right, high) = camera.at(x - radius, 0, z), camera.at(x + radius, top, z)
    for i in range(int(right - left) + 1):
        light = 150 + 70 * np.sin(np.pi * (i + 1) / (right - left + 2)) - 50 * i / (right - left + 1)
        draw.line((left + i, high, left + i, low), fill=(int(light), int(light), int(light * 1.02)))


def arrow(image, left):
    """A black arrow head and shaft at one end of a direction sign."""
    draw = ImageDraw.Draw(image)
    width, height = image.size
    middle = height / 2
    tip, back, end = (42, 110, 180) if left else (width - 42, width - 110, width - 180)
    draw.polygon([(tip, middle), (back, middle - 58), (back, middle + 58)], fill=(20, 20, 20))
    draw.rectangle((*sorted((back, end))[:1], middle - 22, sorted((back, end))[1], middle + 22), fill=(20, 20, 20))
    return image


def paving(width, height, stone):
    """Portuguese pavement: small pale stones in irregular rows."""
    image = Image.new("RGB", (width, height), (150, 144, 134))
    draw = ImageDraw.Draw(image)
    for y in range(0, height, stone):
        for x in range(-stone, width, stone):
            shift = (y // stone % 2) * stone // 2
            tone = int(RNG.uniform(176, 216))
            wobble = RNG.integers(-2, 3, 4)
            corners = (x + shift + 1 + wobble[0], y + 1 + wobble[1], x + shift + stone - 2 + wobble[2], y + stone - 2 + wobble[3])
            draw.rectangle(corners, fill=(tone, tone - 4, tone - 14))
    return image


def ground(canvas, camera, x0, x1, near, far, texture):
    warp(canvas, texture, [camera.at(x0, 0, far), camera.at(x1, 0, far), camera.at(x1, 0, near), camera.at(x0, 0, near)])


def street():
    """A street at the edge of Lagos, Portugal, whose name the largest city of Nigeria bears too."""
    size, scale = (1600, 1066), 2
    width, height = size[0] * scale, size[1] * scale
    camera = Camera(width, height)
    canvas = sky(width, height, cover=0.2)
    draw = ImageDraw.Draw(canvas)
    # Hills at the end of the street.
    ridge = noise(width, 2, ((5, 1), (14, 0.5), (40, 0.2)))[0] * 46
    outline = [(x, camera.horizon - 66 + ridge[x]) for x in range(0, width)]
    draw.polygon([*outline, (width, camera.horizon + 4), (0, camera.horizon + 4)], fill=(138, 150, 146))
    draw.rectangle((0, camera.horizon, width, height), fill=(152, 152, 134))
    # Road, kerbs and pavements.
    asphalt = shade(Image.new("RGB", (1400, 2600), (98, 98, 100)), noise(1400, 2600, ((8, 1), (60, 0.6), (500, 0.9))) * 0.16)
    marks = ImageDraw.Draw(asphalt)
    for y in range(0, 2600, 130):
        marks.rectangle((690, y, 710, y + 62), fill=(214, 212, 204))
    for x in (34, 1348):
        marks.rectangle((x, 0, x + 18, 2600), fill=(204, 202, 194))
    for far, near, part in ((90, 22, (0, 0, 1400, 1300)), (22, 7, (0, 1300, 1400, 2210)), (7, 2.2, (0, 2210, 1400, 2600))):
        ground(canvas, camera, -3.4, 3.4, near, far, asphalt.crop(part))
    stones = paving(500, 2600, 20)
    for far, near, part in ((90, 22, (0, 0, 500, 1300)), (22, 7, (0, 1300, 500, 2210)), (7, 2.2, (0, 2210, 500, 2600))):
        ground(canvas, camera, -5.6, -3.5, near, far, stones.crop(part))
        ground(canvas, camera, 3.5, 5.6, near, far, stones.crop(part))
    for x in (-3.5, 3.5):
        draw.polygon([camera.at(x - 0.09, 0.02, 90), camera.at(x + 0.09, 0.02, 90), camera.at(x + 0.09, 0.02, 2.2), camera.at(x - 0.09, 0.02, 2.2)], fill=(188, 186, 180))
    # Houses, far to near. The sun stands on the right: the left side is lit.
    white, cream, blue, ochre, rose = (238, 236, 228), (240, 226, 196), (84, 126, 178), (216, 174, 84), (226, 190, 174)
    left = [(9.0, 7.2, 2, cream, blue, shop_front), (6.5, 6.2, 2, white, ochre, None), (8.0, 8.8, 3, rose, white, None),
            (7.0, 6.4, 2, white, blue, None), (10.0, 7.0, 2, cream, ochre, None), (12.0, 6.0, 2, white, blue, None), (20.0, 7.5, 2, white, ochre, None)]
    right = [(7.5, 6.6, 2, white, ochre, None), (9.0, 8.6, 3, cream, white, None), (7.0, 6.0, 2, white, blue, None),
             (8.0, 7.4, 2, rose, white, None), (11.0, 6.4, 2, white, ochre, None), (12.0, 7.2, 2, cream, blue, None), (18.0, 6.2, 2, white, ochre, None)]
    for x, houses, light, start in ((-5.6, left, 1.04, 7.2), (5.6, right, 0.66, 4.6)):
        placed, z = [], start
        for house in houses:
            placed.append((z, house))
            z += house[0]
        for z, (length, tall, floors, wall, band, shop) in reversed(placed):
            texture = facade(length, tall, wall, band, floors, shop, light * (1 - min(z, 70) / 400))
            haze = min(z / 160, 0.45)
            texture = Image.blend(texture, Image.new("RGB", texture.size, (196, 208, 220)), haze)
            # The near end wall closes the house where its neighbour is lower.
            end = [camera.at(x * 2.2, tall, z), camera.at(x, tall, z), camera.at(x, 0, z), camera.at(x * 2.2, 0, z)]
            tone = 0.82 if x < 0 else 0.6
            draw.polygon(end, fill=tuple(int(c * tone * (1 - haze) + 190 * haze) for c in wall))
            warp(canvas, texture, camera.wall(x, z, z + length, 0, tall))
            eave = x - 0.35 if x > 0 else x + 0.35
            tiles = [camera.at(eave, tall - 0.05, z), camera.at(eave, tall - 0.05, z + length), camera.at(x * 1.5, tall + 1.5, z + length), camera.at(x * 1.5, tall + 1.5, z)]
            roof = np.array((186, 98, 66)) * (1.0 if x < 0 else 0.75) * (1 - haze) + 200 * haze
            draw.polygon(tiles, fill=tuple(int(c) for c in roof))
            draw.line([tiles[0], tiles[1]], fill=tuple(int(c * 0.62) for c in roof), width=6)
    # The right side's shadow on the road.
    shadow = Image.new("L", canvas.size, 0)
    ImageDraw.Draw(shadow).polygon([camera.at(5.6, 0, 90), camera.at(1.1, 0, 90), camera.at(0.7, 0, 12), camera.at(1.3, 0, 2.0), camera.at(5.6, 0, 2.0)], fill=118)
    canvas.paste(Image.new("RGB", canvas.size, (34, 38, 52)), (0, 0), shadow.filter(ImageFilter.GaussianBlur(5)))
    # Web domain and telephone on a board that stands out from the shop.
    hanging = board(1180, 420, (250, 244, 226), (24, 58, 104), [
        (590, 105, "mm", 96, (24, 58, 104), "Pastelaria Sol e Sal"), (590, 220, "mm", 78, (30, 30, 34), "www.solesal-exemplo.pt"),
        (590, 325, "mm", 84, (30, 30, 34), "Tel. +351 282 000 147")])
    draw = ImageDraw.Draw(canvas)
    draw.line([camera.at(-5.6, 3.92, 8.2), camera.at(-2.5, 3.92, 8.2)], fill=(40, 40, 44), width=12)
    for x in (-4.6, -2.8):
        draw.line([camera.at(x, 3.92, 8.2), camera.at(x, 3.7, 8.2)], fill=(40, 40, 44), width=8)
    warp(canvas, hanging, camera.board(-3.7, 3.36, 8.2, 2.3, 0.82))
    # The town's name plate, as Portuguese roads have it: black on white, framed in black.
    post(canvas, camera, 3.6, 14.05, 2.2)
    post(canvas, camera, 4.9, 14.05, 2.2)
    name = board(900, 330, (246, 246, 242), (20, 20, 20), [(450, 168, "mm", 190, (16, 16, 16), "Lagos")])
    warp(canvas, name, camera.board(4.2, 2.25, 14, 2.15, 0.79))
    # Directions to the two neighbours on the road N 125.
    post(canvas, camera, 3.62, 8.05, 3.1, 0.05)
    near = arrow(board(1300, 250, (246, 246, 242), (20, 20, 20), [(225, 128, "lm", 132, (16, 16, 16), "Portimão"), (1245, 128, "rm", 132, (16, 16, 16), "18")]), True)
    far = arrow(board(1300, 250, (246, 246, 242), (20, 20, 20), [(60, 128, "lm", 132, (16, 16, 16), "Sagres"), (1080, 128, "rm", 132, (16, 16, 16), "33")]), False)
    number = board(440, 200, (246, 206, 54), (20, 20, 20), [(220, 102, "mm", 104, (16, 16, 16), "N 125")])
    warp(canvas, near, camera.board(3.95, 2.50, 8, 1.7, 0.327))
    warp(canvas, far, camera.board(3.95, 2.13, 8, 1.7, 0.327))
    warp(canvas, number, camera.board(3.62, 2.86, 8, 0.72, 0.327))
    return finish(canvas, size)


def harbour():
    """A harbour with a lighthouse; its EXIF claims the point of Piran, Slovenia."""
    size, scale = (1280, 853), 2
    width, height = size[0] * scale, size[1] * scale
    canvas = sky(width, height, top=(60, 108, 184), bottom=(244, 214, 182), cover=0.12)
    draw = ImageDraw.Draw(canvas)
    horizon = int(height * 0.56)
    depth = height - horizon
    waves = np.zeros((depth, width))
    for row in range(0, depth, 4):
        cells = max(4, int(220 / (1 + row / 40)))
        strip = RNG.uniform(-1, 1, (1, cells)).astype("float32")
        waves[row : row + 4] = np.asarray(Image.fromarray(strip).resize((width, 1), Image.BICUBIC))
    sea = Image.new("RGB", (width, depth), (52, 96, 132))
    glow = np.exp(-(((np.arange(width) - width * 0.68) / (width * 0.16)) ** 2))[None, :] * np.linspace(0.9, 0.2, depth)[:, None]
    canvas.paste(shade(sea, waves * 0.22 + glow * 0.9), (0, horizon))
    for base, tone, rise in ((0, (150, 164, 182), 70), (8, (116, 134, 150), 44)):
        ridge = np.abs(noise(width, 2, ((4, 1), (11, 0.5), (30, 0.2)))[0]) * rise * 2
        draw.polygon([*((x, horizon + base - ridge[x] * (1 - x / width)) for x in range(0, width)), (width, horizon), (0, horizon)], fill=tone)
    # Quay and lighthouse.
    quay = [(0, height), (0, horizon + 200), (width * 0.44, horizon + 60), (width * 0.52, horizon + 72), (width * 0.5, height)]
    draw.polygon(quay, fill=(168, 158, 142))
    for step in range(4, 12):
        y = horizon + 66 + (height - horizon - 66) * (step / 12) ** 1.8
        draw.line((0, y + 70, width * (0.52 - 0.02 * step / 12), y), fill=(140, 130, 116), width=3)
    x, foot, top = width * 0.36, horizon + 110, horizon - 560
    for i in range(-80, 81):
        tone = 236 - 96 * ((i + 80) / 160) ** 2
        draw.line((x + i * 0.72, top, x + i, foot), fill=(int(tone), int(tone * 0.97), int(tone * 0.9)), width=3)
    draw.rectangle((x - 78, top - 22, x + 78, top + 4), fill=(92, 84, 78))
    draw.rectangle((x - 44, top - 132, x + 44, top - 22), fill=(196, 210, 212))
    # Slanted bars: an upright frame reads as a Chinese character.
    for bar in range(-66, 45, 22):
        draw.line((x + max(bar, -44), top - 22 - 2.5 * max(-44 - bar, 0), x + min(bar + 44, 44), top - 132 + 2.5 * max(bar, 0)), fill=(120, 128, 128), width=4)
    draw.polygon([(x - 62, top - 132), (x + 62, top - 132), (x, top - 214)], fill=(60, 96, 84))
    for window in (0.2, 0.5, 0.75):
        y = top + window * (foot - top)
        draw.rectangle((x - 16, y, x + 16, y + 58), fill=(62, 60, 62))
    for left, low, length in ((0.60, 190, 300), (0.78, 120, 190), (0.9, 260, 330)):
        bx, by = width * left, horizon + low
        draw.polygon([(bx, by), (bx + length, by), (bx + length * 0.86, by + 44), (bx + length * 0.12, by + 44)], fill=(236, 234, 230))
        draw.polygon([(bx, by), (bx + length, by), (bx + length * 0.98, by + 10), (bx + length * 0.02, by + 10)], fill=(40, 82, 128))
        draw.line((bx + length * 0.45, by, bx + length * 0.45, by - length * 1.1), fill=(90, 82, 74), width=7)
        draw.polygon([(bx + length * 0.47, by - 14), (bx + length * 0.47, by - length), (bx + length * 0.88, by - 14)], fill=(244, 240, 228))
    return finish(canvas, size)


def harbour_exif():
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "navig", "data/samples/make.py"
    exif[0x0112] = 1
    exif.get_ifd(0x8769).update({0x9003: "2024:06:21 19:42:10", 0x9011: "+02:00"})
    exif.get_ifd(0x8825).update({
        1: "N", 2: (45.0, 31.0, 46.2), 3: "E", 4: (13.0, 33.0, 41.4), 5: b"\0", 6: 3.0,
        7: (17.0, 42.0, 8.0), 16: "T", 17: 292.0, 29: "2024:06:21", 31: 6.0})
    return exif


def wall():
    """A plastered wall: nothing to go on."""
    size = (1280, 853)
    plaster = Image.new("RGB", size, (196, 186, 170))
    relief = noise(*size, ((5, 0.8), (30, 0.6), (160, 0.8), (500, 0.7)))
    slope = np.gradient(noise(*size, ((60, 1.0), (260, 0.8))), axis=1) * 2.2
    image = shade(plaster, relief * 0.10 + np.clip(slope, -0.3, 0.3))
    draw = ImageDraw.Draw(image)
    x, y = 900.0, 0.0
    while y < size[1]:
        step = (x + RNG.normal(0, 5), y + RNG.uniform(4, 9))
        draw.line((x, y, *step), fill=(128, 120, 108), width=2)
        x, y = step
    return finish(image, size)


def namesake():
    """A town sign alone in the fields. Spain, Venezuela, the Philippines, Ecuador and others have a Valencia."""
    size, scale = (960, 640), 2
    width, height = size[0] * scale, size[1] * scale
    camera = Camera(width, height, horizon=0.62)
    canvas = sky(width, height, cover=0.05)
    draw = ImageDraw.Draw(canvas)
    ridge = noise(width, 2, ((3, 1), (9, 0.4)))[0] * 70
    draw.polygon([*((x, camera.horizon - 60 + ridge[x]) for x in range(0, width)), (width, height), (0, height)], fill=(120, 138, 110))
    field = Image.new("RGB", (width, int(height - camera.horizon)), (134, 142, 84))
    canvas.paste(shade(field, noise(*field.size, ((6, 0.6), (60, 0.6), (400, 1.0))) * 0.3), (0, int(camera.horizon)))
    for x in (-0.9, 0.9):
        post(canvas, camera, x, 4.2, 2.0, 0.045)
    plate = board(1200, 420, (246, 246, 242), (20, 20, 20), [(600, 212, "mm", 210, (16, 16, 16), "Valencia")])
    warp(canvas, plate, camera.board(0, 1.95, 4.15, 2.7, 0.95))
    return finish(canvas, size, grain=1.0).quantize(160, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def main():
    street().save(HERE / "street.jpg", quality=86, optimize=True)
    harbour().save(HERE / "position.jpg", quality=84, optimize=True, exif=harbour_exif())
    wall().save(HERE / "nothing.jpg", quality=72, optimize=True)
    namesake().save(HERE / "namesake.png", optimize=True)
    for path in sorted(HERE.glob("*.jpg")) + sorted(HERE.glob("*.png")):
        print(f"{path.name}: {path.stat().st_size:,} bytes, {Image.open(path).size}")


if __name__ == "__main__":
    main()
