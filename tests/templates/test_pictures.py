"""The shipped templates: each drawing has its picture and its sidecar."""
import json
import os
import pathlib
import re
import struct
import xml.etree.ElementTree as ElementTree

DRAWINGS = pathlib.Path(os.environ.get("srcdir", ".")) / "templates"
PICTURES = pathlib.Path("templates")
SVG = "{http://www.w3.org/2000/svg}"
DRAWING_BYTES_MAX = 60 * 1024

# id: kind as the first bytes tell it, width, height, frames
EXPECTED = {
    "astronaut-bug": ("png rgb", 621, 344, 1),
    "clipboard-penguin": ("png rgba", 480, 600, 1),
    "decision-machine": ("gif", 500, 500, 1),
    "hamster-power": ("gif", 480, 360, 8),
    "motorway-snail": ("jpeg", 548, 420, 1),
    "philosoctopus": ("png palette", 600, 600, 1),
    "raccoon-3am": ("jpeg", 720, 900, 1),
    "server-campfire": ("jpeg", 1024, 576, 1),
    "sunset-llama": ("jpeg", 1200, 1200, 1),
    "suspicious-cat": ("jpeg", 600, 600, 1),
}

PNG_KINDS = {2: "png rgb", 3: "png palette", 6: "png rgba"}
SIDECAR_FIELDS = {"name", "keywords", "license", "slots"}
SLOT_FIELDS = {"x", "y", "w", "h", "halign", "valign", "angle", "color",
               "outline", "font", "case"}


def jpeg_size(data):
    """Walks the markers up to the frame header (ITU T.81, B.2.2)."""
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    height, width = struct.unpack(">HH", data[at + 5:at + 9])
    return width, height


def skip_blocks(data, at):
    """Past a chain of GIF's sub-blocks."""
    while data[at]:
        at += data[at] + 1
    return at + 1


def color_table_bytes(flags):
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def gif_frames(data):
    """Walks the blocks of a whole file (GIF89a)."""
    at, frames = 13 + color_table_bytes(data[10]), 0
    while data[at] != 0x3B:
        if data[at] == 0x21:
            at = skip_blocks(data, at + 2)
            continue
        assert data[at] == 0x2C, f"byte {at} begins no block"
        frames += 1
        at = skip_blocks(data, at + 11 + color_table_bytes(data[at + 9]))
    assert frames == 1 or b"NETSCAPE2.0" in data, "stops"
    return frames


def describe(data):
    """(kind, width, height, frames) of a picture."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", data[16:24])
        return PNG_KINDS[data[25]], width, height, 1
    if data.startswith(b"\xff\xd8\xff"):
        return ("jpeg", *jpeg_size(data), 1)
    if data.startswith(b"GIF8"):
        width, height = struct.unpack("<HH", data[6:10])
        return "gif", width, height, gif_frames(data)
    raise ValueError("unknown kind of picture")


def check_picture(template):
    paths = [p for p in PICTURES.glob(template + ".*")
             if p.suffix in (".jpg", ".png", ".gif")]
    assert len(paths) == 1, f"pictures: {paths}"
    data = paths[0].read_bytes()
    assert describe(data) == EXPECTED[template], describe(data)
    assert describe(data)[0].startswith(
        {".jpg": "jpeg", ".png": "png", ".gif": "gif"}[paths[0].suffix])


def check_drawing(template):
    """Fonts and embedded pictures would make it differ between machines."""
    path = DRAWINGS / (template + ".svg")
    assert path.stat().st_size < DRAWING_BYTES_MAX, path.stat().st_size
    root = ElementTree.parse(path).getroot()
    assert root.find(SVG + "title") is not None, "no title"
    for tag in ("text", "image", "foreignObject", "style", "feImage"):
        assert root.find(f".//{SVG}{tag}") is None, tag
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not (name.endswith("href") and value[0] != "#"), value
    known = {e.get("id") for e in root.iter()}
    used = re.findall(r'(?:url\(|href=")#([\w-]+)', path.read_text())
    assert known.issuperset(used), set(used) - known


def check_slot(slot):
    assert set(slot) <= SLOT_FIELDS, set(slot) - SLOT_FIELDS
    for start, length in (("x", "w"), ("y", "h")):
        assert 0 <= slot[start] < slot[start] + slot[length] <= 1, slot


def check_sidecar(template):
    card = json.loads((DRAWINGS / (template + ".json")).read_text())
    assert set(card) <= SIDECAR_FIELDS, set(card) - SIDECAR_FIELDS
    assert card["name"] and card["license"] == "MIT"
    assert card["keywords"] == list(dict.fromkeys(card["keywords"]))
    assert all(word == word.lower() and word for word in card["keywords"])
    for slot in card.get("slots", []):
        check_slot(slot)


def check_complete():
    stems = {p.stem for p in DRAWINGS.glob("*.svg")}
    assert stems == set(EXPECTED), stems ^ set(EXPECTED)
    sidecars = {p.stem for p in DRAWINGS.glob("*.json")}
    assert sidecars == set(EXPECTED), sidecars ^ set(EXPECTED)


def cases():
    yield "complete", check_complete, ()
    for template in sorted(EXPECTED):
        for check in (check_picture, check_drawing, check_sidecar):
            yield f"{template}: {check.__name__}", check, (template,)


def main():
    listed = list(cases())
    print(f"1..{len(listed)}")
    for number, (name, check, arguments) in enumerate(listed, 1):
        try:
            check(*arguments)
            print(f"ok {number} - {name}")
        except Exception as error:  # each failure is a TAP line
            print(f"not ok {number} - {name}")
            print(f"# {type(error).__name__}: {error}")


main()
