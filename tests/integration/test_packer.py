"""captiond-packer: what it makes of a folder, and how it follows it."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import pictures
import sites
import tap

PACKER = sites.BUILD / "fcgi/captiond-packer"
EX_USAGE, EX_NOINPUT, EX_TEMPFAIL = 64, 66, 75
HEADER_BYTES = 4096


class Packer:
    """A packer over two folders of its own."""

    def __init__(self, folder, *options):
        self.templates = folder / "templates"
        self.packs = folder / "packs"
        self.log = folder / "packer.log"
        self.options = options
        self.process = None
        self.templates.mkdir()
        self.packs.mkdir()

    def command(self, *more):
        return [str(PACKER), "--templates", str(self.templates),
                "--packs", str(self.packs), "-v", *self.options, *more]

    def once(self, *more):
        with open(self.log, "ab") as log:
            return subprocess.run(self.command("--once", *more), stderr=log,
                                  timeout=sites.DEADLINE_S,
                                  check=False).returncode

    def start(self):
        (self.packs / "index.json").unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stderr=log)
        sites.wait_for(lambda: self.is_idle(), "the first index")

    def stop(self, how=signal.SIGTERM):
        status = sites.end(self.process, how)
        self.process = None
        if sites.REPORT.search(self.text()):
            raise RuntimeError(self.text()[-4000:])
        return status

    def text(self):
        return self.log.read_text(errors="replace")

    def index(self):
        try:
            return json.loads((self.packs / "index.json").read_text())
        except FileNotFoundError:
            return {"templates": [], "pending": ["?"], "skipped": []}

    def is_idle(self):
        return not self.index()["pending"]

    def entries(self):
        return {entry["id"]: entry for entry in self.index()["templates"]}

    def skipped(self):
        return {entry["file"]: entry["reason"]
                for entry in self.index()["skipped"]}

    def files(self):
        return sorted(path.name for path in self.packs.iterdir())

    def put(self, name, data):
        """Beside and renamed, as an editor or rsync does."""
        beside = self.templates / ".new"
        beside.write_bytes(data)
        beside.rename(self.templates / name)


@contextlib.contextmanager
def packer(*options):
    with tempfile.TemporaryDirectory(prefix="captiond-test-") as name:
        result = Packer(pathlib.Path(name), *options)
        try:
            yield result
        finally:
            if result.process:
                result.stop()


RED, GREEN, BLUE = (pictures.plain(40, 30, color) for color in
                    ((255, 0, 0), (0, 255, 0), (0, 0, 255)))
JPEG = sites.BUILD / "templates/motorway-snail.jpg"


def test_once(t, _):
    with packer() as p:
        p.put("red.png", RED)
        p.put("green.jpg", GREEN)     # a PNG, whatever it calls itself
        p.put("blue", BLUE)
        p.put("dot.ted.gif", pictures.gif(20, 10, (9, 9, 9)))
        p.put("grüße ö.png", RED)
        (p.templates / ".hidden.png").write_bytes(RED)
        (p.templates / "folder.png").mkdir()
        (p.templates / "alone.json").write_text("{}")
        (p.templates / "red.json").write_text(
            '{"name": "Red", "keywords": ["r"], "source": "http://x/"}')
        (p.templates / "green.json").write_text('{"nam": "Green"}')
        t.equal(p.once(), 0, "a folder is packed")
        entries = p.entries()
        t.equal(list(entries), ["blue", "dot.ted", "green", "grüße ö", "red"],
                "the index is sorted by id")
        t.equal({key: entries["red"][key] for key in
                 ("format", "width", "height", "frames", "duration_ms",
                  "name", "keywords", "source")},
                {"format": "png", "width": 40, "height": 30, "frames": 1,
                 "duration_ms": 0, "name": "Red", "keywords": ["r"],
                 "source": "http://x/"}, "an entry has it all")
        t.ok(re.fullmatch("[0-9a-f]{16}", entries["red"]["version"]),
             "a version is sixteen digits", entries["red"])
        t.ok(entries["red"]["version"] != entries["grüße ö"]["version"],
             "the sidecar counts for the version")
        t.equal((entries["green"]["name"], entries["dot.ted"]["format"]),
                ("green", "gif"), "without a sidecar the id is the name")
        t.equal(p.skipped(), {"green.json": "unknown field `nam`"},
                "a bad sidecar is left out and listed")
        t.equal(p.files(), ["blue.pack", "dot.ted.pack", "green.pack",
                            "grüße ö.pack", "index.json", "red.pack"],
                "one pack a template, nothing else")


def test_skipped(t, _):
    with packer() as p:
        p.put("ok.png", RED)
        p.put("text.png", b"no picture at all")
        p.put("empty.png", b"")
        p.put("cut.png", RED[:-20])
        p.put("twice.jpg", RED)
        p.put("twice.png", GREEN)
        p.put("about.doc", b"sorts before the picture")
        p.put("about.png", BLUE)
        p.put("l" * 200 + ".png", RED)
        p.put("l" * 201 + ".png", RED)
        with open(os.fsencode(p.templates) + b"/b\xffd.png", "wb") as file:
            file.write(RED)
        t.equal(p.once(), 0, "bad pictures are no failure")
        t.equal(sorted(p.entries()), ["about", "l" * 200, "ok", "twice"],
                "the good ones are there")
        reasons = p.skipped()
        for file, reason in (
                ("text.png", "not a JPEG, PNG, GIF"),
                ("empty.png", "empty"),
                ("cut.png", "the file ends early"),
                ("twice.png", "'twice.jpg' has the same name"),
                ("about.doc", "'about.png' has the same name"),
                ("l" * 201 + ".png", "201 bytes, at most 200"),
                ("b\ufffdd.png", "not UTF-8")):
            t.contains(reasons.get(file, ""), reason, f"{file[:20]} is listed")
            t.equal(p.text().count(f"skipped '{file}': "), 1,
                    f"{file[:20]} has one log line")
        t.equal(len(reasons), 7, "nothing else is")


def test_limits(t, _):
    with packer() as p:
        p.put("large.png", RED + b"\0" * (32 * 1024 * 1024 - len(RED) + 1))
        p.put("wide.png", pictures.png(16385, 1, lambda x, y: (1, 2, 3, 4)))
        p.put("just.png", pictures.png(16384, 1, lambda x, y: (1, 2, 3, 4)))
        (p.templates / "just.json").write_text(
            '{"name": "x"' + " " * 65536 + "}")
        p.once()
        t.equal(list(p.entries()), ["just"], "at the limit is taken")
        reasons = p.skipped()
        t.contains(reasons["large.png"], "at most 33554432", "bytes")
        t.contains(reasons["wide.png"], "at most 16384 a side", "pixels")
        t.contains(reasons["just.json"], "at most 65536", "sidecar")


def inodes(p):
    return {path.name: path.stat().st_ino for path in p.packs.glob("*.pack")}


def bodies(p):
    """The sections of each pack; the header has times in it."""
    return {path.name: path.read_bytes()[HEADER_BYTES:]
            for path in p.packs.glob("*.pack")}


def test_warm(t, _):
    with packer() as p:
        shutil.copy(JPEG, p.templates / "grey.jpg")
        p.put("red.png", RED)
        p.once()
        before, entries = inodes(p), p.entries()
        p.once()
        t.equal(inodes(p), before, "a second start makes nothing anew")
        t.equal(p.entries(), entries, "and lists the same")
        body = bodies(p)
        os.utime(p.templates / "red.png", (1, 1000000000))
        p.once()
        # A picture may be older than its coming here.
        t.equal(p.entries()["red"]["mtime"],
                int((p.templates / "red.png").stat().st_ctime),
                "another time is noted")
        t.equal(p.entries()["red"]["version"], entries["red"]["version"],
                "equal bytes keep their version")
        t.equal(bodies(p), body, "and their sections")
        before = inodes(p)
        p.once("--jpeg-quality", "50")
        t.ok(inodes(p)["grey.pack"] != before["grey.pack"],
             "another quality makes JPEG packs anew")
        t.equal(inodes(p)["red.pack"], before["red.pack"],
                "but no others")
        (p.templates / "red.png").unlink()
        (p.packs / "stray.pack").write_bytes(b"")
        (p.packs / ".x.pack.tmp").write_bytes(b"")
        (p.packs / "mine.txt").write_bytes(b"")
        p.once("--jpeg-quality", "50")
        t.equal(p.files(), ["grey.pack", "index.json", "mine.txt"],
                "packs without a picture go, and leftovers of a crash")


def truncated(data):
    return data[:len(data) // 2]


def flipped(data):
    at = len(data) - 100
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def half_replaced(data):
    at = len(data) // 2
    return data[:at] + bytes(len(data) - at)


def header_flipped(data):
    return data[:60] + bytes([data[60] ^ 1]) + data[61:]


DAMAGES = (truncated, flipped, half_replaced, header_flipped)


def test_damage(t, _):
    with packer() as p:
        shutil.copy(JPEG, p.templates / "grey.jpg")
        p.once()
        good, pack = bodies(p), p.packs / "grey.pack"
        for damage in DAMAGES:
            pack.write_bytes(damage(pack.read_bytes()))
            p.once()
            t.equal(bodies(p), good, f"{damage.__name__} while away")
        p.start()
        for damage in DAMAGES:
            # A damage that comes before the repair before it is over has no
            # line of its own.
            before = p.text().count("packed 'grey.jpg'")
            pack.write_bytes(damage(pack.read_bytes()))
            sites.wait_for(lambda: p.text().count("packed 'grey.jpg'") >
                           before, f"repair of {damage.__name__}")
            t.equal(bodies(p), good, f"{damage.__name__} under way")
        lines = p.text().count("'grey.pack' was changed by somebody else")
        t.equal(lines, len(DAMAGES), "one log line each")
        pack.unlink()
        sites.wait_for(pack.exists, "a removed pack to be back")
        t.ok(True, "a removed pack is made anew")


def changes(p, what):
    """Waits until the entry of `x`, or its lack, is another one."""
    before = p.entries().get("x")

    def is_new():
        return p.is_idle() and p.entries().get("x") != before
    return lambda: sites.wait_for(is_new, what, 10) or True


def follow(t, p, what, action):
    wait = changes(p, what)
    action()
    t.ok(wait(), what)


def test_follows(t, _):
    with packer() as p:
        p.start()
        path = p.templates / "x.png"
        follow(t, p, "a file moved in", lambda: p.put("x.png", RED))
        follow(t, p, "a file replaced", lambda: p.put("x.png", GREEN))
        follow(t, p, "a file written over", lambda: path.write_bytes(BLUE))
        sidecar = p.templates / "x.json"
        follow(t, p, "a sidecar",
               lambda: sidecar.write_text('{"name": "ecks"}'))
        t.equal(p.entries()["x"]["name"], "ecks", "its name is listed")
        follow(t, p, "a sidecar removed", sidecar.unlink)
        follow(t, p, "a file removed", path.unlink)
        t.ok(not (p.packs / "x.pack").exists(), "its pack too")
        outside = p.templates.parent / "outside.png"
        outside.write_bytes(RED)
        follow(t, p, "a link", lambda: path.symlink_to(outside))
        follow(t, p, "the file that a link leads to",
               lambda: outside.write_bytes(GREEN))
        other = p.templates.parent / "other.png"
        other.write_bytes(BLUE)
        follow(t, p, "another file in its place",
               lambda: other.rename(outside))
        follow(t, p, "a link that leads nowhere", outside.unlink)
        path.unlink()
        p.put("y.png", RED)
        follow(t, p, "a file renamed",
               lambda: (p.templates / "y.png").rename(path))
        t.equal(list(p.entries()), ["x"], "the old name is gone")
        t.equal(p.skipped(), {}, "no error was left behind")


def test_bad_for_a_while(t, _):
    with packer() as p:
        p.start()
        follow(t, p, "a good one", lambda: p.put("x.png", RED))
        follow(t, p, "then a bad one", lambda: p.put("x.png", RED[:50]))
        t.equal(("x" in p.entries(), list(p.skipped())), (False, ["x.png"]),
                "it is not served and is listed")
        t.ok(not (p.packs / "x.pack").exists(), "its pack is gone")
        follow(t, p, "then a good one again", lambda: p.put("x.png", GREEN))
        t.equal(p.skipped(), {}, "no stale error")
        with open(p.templates / "slow.png", "wb", buffering=0) as file:
            file.write(BLUE[:40])
            p.put("other.png", RED)    # makes it look
            sites.wait_for(lambda: "other" in p.entries(), "the other")
            sites.wait_for(lambda: "slow.png" in p.skipped(), "half a file")
            file.write(BLUE[40:])
        sites.wait_for(lambda: "slow" in p.entries(), "the whole file")
        t.equal(p.skipped(), {}, "a file that was being written is served")


def test_folder_comes_and_goes(t, _):
    with packer() as p:
        p.put("x.png", RED)
        p.start()
        away = p.templates.parent / "away"
        p.templates.rename(away)
        sites.wait_for(lambda: "cannot read" in p.text(), "its complaint")
        t.equal(list(p.entries()), ["x"], "without a folder all stays")
        p.templates.mkdir()
        p.put("y.png", GREEN)
        sites.wait_for(lambda: list(p.entries()) == ["y"], "a new folder")
        p.put("z.png", GREEN)
        sites.wait_for(lambda: "z" in p.entries(), "its events")
        t.ok(True, "a new folder is followed")


def test_ends(t, _):
    with packer() as p:
        p.put("slow.png", pictures.plain(1500, 1500, (1, 2, 3)))
        with open(p.log, "ab") as log:
            p.process = subprocess.Popen(p.command(), stderr=log)
        sites.wait_for(lambda: sites.children(p.process.pid), "a decoder")
        decoder = sites.children(p.process.pid)[0]
        t.equal(p.stop(), 0, "TERM ends it")
        t.ok(not os.path.exists(f"/proc/{decoder}"), "its decoder too")
        t.ok(not [name for name in p.files() if name.startswith(".")],
             "no file is left half written", p.files())


def test_decoder_dies(t, _):
    with packer() as p:
        p.put("slow.png", pictures.plain(1500, 1500, (1, 2, 3)))
        with open(p.log, "ab") as log:
            p.process = subprocess.Popen(p.command(), stderr=log)
        sites.wait_for(lambda: sites.children(p.process.pid), "a decoder")
        os.kill(sites.children(p.process.pid)[0], signal.SIGABRT)
        sites.wait_for(lambda: "slow.png" in p.skipped(), "the loss")
        t.contains(p.skipped()["slow.png"], "its decoder died of signal 6",
                   "a picture that kills its decoder is skipped")
        p.put("x.png", RED)
        sites.wait_for(lambda: "x" in p.entries(), "the next")
        t.ok(True, "and the packer goes on")
        t.equal(p.text().count("skipped 'slow.png'"), 1, "with one log line")


def test_options(t, _):
    with packer() as p:
        for options, status, part in (
                (["--jpeg-quality", "0"], EX_USAGE, "1 to 100"),
                (["--jpeg-quality", "x"], EX_USAGE, "--jpeg-quality"),
                (["--jpeg-chroma", "422"], EX_USAGE, "420 or 444"),
                (["--gif-quality", "0"], EX_USAGE, "1 to 100"),
                (["--pack-cache", "-1"], EX_USAGE, "0 or more"),
                (["--scoreboard-fd", "0"], EX_USAGE, "scoreboard"),
                (["--nonsense"], EX_USAGE, "--nonsense"),
                (["left over"], EX_USAGE, "left over"),
                (["--packs", str(p.templates)], EX_USAGE, "both"),
                (["--templates", "/dev/null/x"], EX_NOINPUT, "/dev/null/x"),
                (["--packs", "/dev/null/packs"], 73, "/dev/null/packs")):
            result = subprocess.run(
                p.command("--once", *options), capture_output=True, text=True,
                timeout=sites.DEADLINE_S, stdin=subprocess.DEVNULL)
            t.equal(result.returncode, status, f"{options}: its status")
            t.contains(result.stderr, part, f"{options}: its message")
        for option in ("--templates", "--packs"):
            result = subprocess.run([PACKER, option, str(p.packs)],
                                    capture_output=True, text=True)
            t.equal(result.returncode, EX_USAGE, f"{option} alone")
        p.start()
        result = subprocess.run(p.command("--once"), capture_output=True,
                                text=True, timeout=sites.DEADLINE_S)
        t.equal(result.returncode, EX_TEMPFAIL, "two in one folder")
        t.contains(result.stderr, "another packer", "two: the message")


tap.run(contextlib.nullcontext(), test_once, test_skipped, test_limits,
        test_warm, test_damage, test_follows, test_bad_for_a_while,
        test_folder_comes_and_goes, test_ends, test_decoder_dies,
        test_options)
