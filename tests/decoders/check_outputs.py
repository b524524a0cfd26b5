#!/usr/bin/env python3
"""Whether decoders that are not ours open what captiond answers.

Usage, in the build folder: check_outputs.py [TEMPLATES...]

Every template (the shipped ones and those of the folders named) in every format
and three sizes, each blank and with captions, goes to every decoder that is
installed. A warning is a failure. Not a part of make check: the tools are heavy,
and it takes minutes.
"""

import base64
import contextlib
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] /
                       "integration"))
import sites  # noqa: E402
import tap  # noqa: E402

FORMATS = ("jpeg", "png", "gif", "webp")
SIZES = ({}, {"width": 100}, {"height": 333})
CAPTIONS = (
    {},
    {"top_text": "Every tool", "bottom_text": "opens it, or else",
     "size": "fit"},
    {"captions[0][text]": "half of it", "captions[0][valign]": "middle",
     "captions[0][start]": "0.5", "captions[0][shadow]": "black",
     "captions[0][angle]": "12"},
)
MINUTES = 10        # for one page in the browser
PAGE_PICTURES = 12

# What each tool is given, and what it may say. Silence is the rule.
TOOLS = (
    ("djpeg", {"jpeg"}, lambda path: ["djpeg", "-outfile", "/dev/null", path],
     None),
    ("pngcheck", {"png"}, lambda path: ["pngcheck", "-q", path], None),
    ("gifsicle", {"gif"}, lambda path: ["gifsicle", "--info", path],
     re.compile(r"warning|error", re.I)),
    ("webpinfo", {"webp"}, lambda path: ["webpinfo", path],
     re.compile(r"warning|error(?! *detected)", re.I)),
    ("convert", set(FORMATS),
     lambda path: ["convert", "-regard-warnings", path, "null:"], None),
    ("vips", set(FORMATS), lambda path: ["vips", "copy", path + "[fail]",
                                         "/dev/null.v"], None),
)

# All of it before the load event ends: then the browser writes the page out.
PAGE = """<!doctype html><meta charset=utf-8><body>%s<script>
const table = Array.from({length: 256}, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
function crc(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
function look(image) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] < 255) data.fill(0, i, i + 4);
  return [image.alt, canvas.width, canvas.height, crc(data)];
}
onload = () => {
  const seen = [...document.images].map(look);
  document.body.innerText = "SEEN" + JSON.stringify(seen) + "SEEN";
};
</script>"""


class Picture:
    def __init__(self, path, kind, width, height):
        self.path, self.kind = path, kind
        self.width, self.height = width, height


@contextlib.contextmanager
def outputs(folders):
    """Every answer as a file, from a captiond of our own."""
    with tempfile.TemporaryDirectory(prefix="captiond-outputs-") as name:
        folder = pathlib.Path(name)
        daemon = sites.Captiond(folder)
        for source in folders:
            for path in sorted(pathlib.Path(source).iterdir()):
                if path.suffix in (".jpg", ".png", ".gif", ".webp", ".svg"):
                    shutil.copy(path, daemon.templates)
        daemon.start()
        try:
            yield list(ask_all(daemon, folder / "out"))
        finally:
            daemon.stop()


def ask_all(daemon, folder):
    folder.mkdir()
    for template in sorted(daemon.names()):
        for kind in FORMATS:
            for i, size in enumerate(SIZES):
                for j, captions in enumerate(CAPTIONS):
                    yield ask(daemon, {"template": template, "format": kind,
                                       **size, **captions},
                              folder / f"{template}-{i}{j}.{kind}")


def ask(daemon, macro, path):
    target = "/caption?" + urllib.parse.urlencode(macro)
    answer = daemon.ask(target)
    if answer.status != 200:
        raise RuntimeError(f"{target}: {answer.status} {answer.body[:200]}")
    path.write_bytes(answer.body)
    card = json.loads(daemon.ask(
        "/caption?" + urllib.parse.urlencode({**macro, "format": "json"})).body)
    return Picture(path, macro["format"], card["width"], card["height"])


def run_tool(command, complaint):
    """What the tool had to say; nothing where all is well."""
    done = subprocess.run(command, capture_output=True, timeout=120)
    said = done.stderr.decode("utf-8", "replace")
    if complaint:
        said += "\n".join(
            line for line in done.stdout.decode("utf-8", "replace").split("\n")
            if complaint.search(line))
    return said.strip() or (done.returncode and f"status {done.returncode}")


def check_tool(t, tool, pictures):
    name, kinds, command, complaint = tool
    if not shutil.which(name):
        t.skip(f"{name} is not installed")
        return
    mine = [picture for picture in pictures if picture.kind in kinds]
    bad = [f"{picture.path.name}: {said}" for picture in mine
           if (said := run_tool(command(str(picture.path)), complaint))]
    t.ok(not bad, f"{name} opens {len(mine)} pictures", "\n".join(bad))


def opaque_crc(picture):
    """As the page has it, from ImageMagick's pixels."""
    data = bytearray(subprocess.run(
        ["convert", str(picture.path), "-depth", "8", "rgba:-"],
        capture_output=True, check=True, timeout=120).stdout)
    for i in range(3, len(data), 4):
        if data[i] < 255:
            data[i - 3:i + 1] = bytes(4)
    return zlib.crc32(data)


def browse(pictures):
    """What the browser makes of them: by name [width, height, checksum]."""
    seen = {}
    for i in range(0, len(pictures), PAGE_PICTURES):
        seen.update(browse_page(pictures[i:i + PAGE_PICTURES]))
    return seen


def browse_page(pictures):
    images = "".join(
        f'<img alt="{picture.path.name}" src="data:image/{picture.kind};base64,'
        f'{base64.b64encode(picture.path.read_bytes()).decode()}">'
        for picture in pictures)
    with tempfile.TemporaryDirectory(prefix="captiond-browser-") as name:
        page = pathlib.Path(name) / "page.html"
        page.write_text(PAGE % images)
        done = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
             "--force-color-profile=srgb", f"--user-data-dir={name}/profile",
             "--dump-dom", page.as_uri()],
            capture_output=True, timeout=MINUTES * 60)
    seen = done.stdout.decode("utf-8", "replace").split("SEEN")
    if len(seen) < 3:
        raise RuntimeError("the browser said nothing: " +
                           done.stderr.decode("utf-8", "replace")[-500:])
    return {name: what for name, *what in json.loads(html.unescape(seen[-2]))}


def check_browser(t, pictures):
    if not shutil.which("chromium"):
        t.skip("chromium is not installed")
        return
    seen = browse(pictures)
    bad = [f"{picture.path.name}: {seen.get(picture.path.name)}"
           for picture in pictures
           if seen.get(picture.path.name, [])[:2] !=
           [picture.width, picture.height]]
    t.ok(not bad, f"chromium decodes {len(pictures)} pictures, each of its size",
         "\n".join(bad))
    if not shutil.which("convert"):
        return
    pngs = [picture for picture in pictures if picture.kind == "png"]
    bad = [picture.path.name for picture in pngs
           if seen[picture.path.name][2:] != [opaque_crc(picture)]]
    t.ok(not bad, f"chromium and ImageMagick see the same pixels in "
         f"{len(pngs)} PNG files", "\n".join(bad))


def check_tools(t, pictures):
    for tool in TOOLS:
        check_tool(t, tool, pictures)


if __name__ == "__main__":
    tap.run(outputs(sys.argv[1:] or [sites.BUILD / "templates"]), check_tools,
            check_browser)
