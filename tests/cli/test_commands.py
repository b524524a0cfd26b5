"""caption without a server: where pictures go, pack, check, list, sign."""

import base64
import fcntl
import hashlib
import hmac
import json
import os
import pathlib
import pty
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time

import client
import pictures
import sites
import tap

COMMANDS = ("render", "get", "sign", "pack", "check", "list")
SECRET = "0123456789abcdef-secret"


class Setting:
    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="captiond-test-"))
        self.templates = self.folder / "templates"
        self.templates.mkdir()
        self.put("plain.png", pictures.plain(320, 240, (40, 90, 160)))
        self.put("blink.gif", pictures.blinking(64, 48))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def put(self, name, data):
        (self.templates / name).write_bytes(data)

    def run(self, *arguments, **options):
        return client.run(self.folder / "cache", *arguments, **options)

    def render(self, *arguments, **options):
        return self.run("render", "--templates", self.templates,
                        *client.FONTS, "plain{a}", *arguments, **options)


def test_whole_or_nothing(t, s):
    expected = s.render().out
    t.equal(pictures.kind(expected), "png", "standard output is the default")
    t.equal(s.render("-o", "-").out, expected, "and what - means")
    out = s.folder / "out"
    out.mkdir()
    t.equal(s.render("-o", out / "a.png").status, 0, "a file is made")
    t.equal((out / "a.png").read_bytes(), expected, "with the picture")
    (out / "link.png").symlink_to("a.png")
    (out / "a.png").write_bytes(b"old")
    s.render("-o", out / "link.png")
    t.ok((out / "link.png").is_symlink() and
         (out / "a.png").read_bytes() == expected,
         "a link stays, its file is replaced")

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    (out / "a.png").write_bytes(b"old")
    for name in ("a.png", "new.png"):
        client.failed(t, s.render("-o", out / name, preexec_fn=limited),
                      client.CANNOT_CREATE, f"cannot write '{out / name}'",
                      f"{name} that can't be written whole")
    t.equal((out / "a.png").read_bytes(), b"old", "leaves what was there")
    t.equal(sorted(path.name for path in out.iterdir()),
            ["a.png", "link.png"], "and nothing else")
    client.failed(t, s.render("-o", s.folder / "none" / "a.png"),
                  client.CANNOT_CREATE, "No such file", "no such folder")
    client.failed(t, s.render("-o", out), client.CANNOT_CREATE,
                  "Is a directory", "a folder")


def test_devices(t, s):
    expected = s.render().out
    client.failed(t, s.render("-o", "/dev/full"), client.IO,
                  "cannot write '/dev/full': No space left", "a full device")
    t.ok(pathlib.Path("/dev/full").is_char_device(), "which is still there")
    with open("/dev/full", "wb") as full:
        ended = s.render(stdout=full)
    t.equal((ended.status, "No space left" in ended.error), (client.IO, True),
            "standard output to a full device")
    fifo = s.folder / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(["cat", str(fifo)], stdout=subprocess.PIPE) as cat:
        t.equal(s.render("-o", fifo).status, 0, "a pipe is written to")
        t.equal(cat.stdout.read(), expected, "not replaced")
    ours, theirs = pty.openpty()
    ended = s.render(stdout=theirs)
    os.close(theirs)
    os.close(ours)
    t.equal((ended.status, "terminal" in ended.error), (client.USAGE, True),
            "a terminal gets no picture")


def test_closed_pipes(t, s):
    for handler, status in ((signal.SIG_DFL, -signal.SIGPIPE),
                            (signal.SIG_IGN, client.IO)):
        ours, theirs = os.pipe()
        os.close(ours)
        # Python ignores SIGPIPE and, asked not to, leaves it to its children.
        ended = s.render(stdout=theirs, restore_signals=False,
                         preexec_fn=lambda how=handler:
                         signal.signal(signal.SIGPIPE, how))
        os.close(theirs)
        t.equal(ended.status, status, f"a pipe that nobody reads, {handler}")


def test_folders_that_keep_packs(t, s):
    expected = s.render().out
    kept = list((s.folder / "cache").rglob("plain.pack"))
    t.equal(len(kept), 1, "a pack is kept")
    before = kept[0].stat().st_ino
    s.render()
    t.equal(kept[0].stat().st_ino, before, "and used again")
    kept[0].write_bytes(kept[0].read_bytes()[:-1] + b"x")
    t.equal(s.render().out, expected, "a damaged one is made anew")
    s.put("plain.png", pictures.plain(100, 100, (9, 9, 9)))
    t.equal(pictures.size(s.render().out), (100, 100),
            "and one of another picture")
    s.put("plain.png", pictures.plain(320, 240, (40, 90, 160)))
    blocked = s.folder / "blocked"
    blocked.write_text("no folder")
    temporary = s.folder / "tmp"
    temporary.mkdir()
    ended = client.run(blocked, "render", "--templates", s.templates,
                       *client.FONTS, "plain{a}",
                       env={"TMPDIR": str(temporary)})
    t.equal(ended.out, expected, "without a cache it does all the same")
    t.equal(list(temporary.iterdir()), [], "and leaves nothing behind")
    client.failed(t, s.render("--packs", s.templates), client.USAGE,
                  "can't hold both", "packs beside the pictures")
    t.equal(s.render("--packs", s.folder / "p" / "q").out, expected,
            "a folder for packs is made")
    t.ok((s.folder / "p/q/plain.pack").exists(), "and has the pack")


def test_bad_pictures(t, s):
    s.put("broken.png", pictures.plain(9, 9, (1, 1, 1))[:60])
    ended = s.run("render", "--templates", s.templates, *client.FONTS,
                  "broken")
    client.failed(t, ended, client.DATA, "'broken.png': ", "a bad picture")
    ended = s.run("check", s.templates)
    t.equal((ended.status, ended.out), (1, b"pictures=3 good=2 bad=1\n"),
            "check finds it")
    t.contains(ended.error, "broken.png': ", "and names it")
    (s.templates / "broken.png").unlink()
    (s.templates / "plain.json").write_text('{"nmae": "x"}')
    ended = s.run("check", s.templates)
    t.equal((ended.status, ended.out), (1, b"pictures=2 good=1 bad=1\n"),
            "a bad sidecar counts")
    t.contains(ended.error, "plain.json': ", "and is named")
    (s.templates / "plain.json").write_text('{"name": "A plain picture"}')
    ended = s.run("check", s.templates)
    t.equal((ended.status, ended.out, ended.error),
            (0, b"pictures=2 good=2 bad=0\n", ""), "all good is 0, and quiet")
    empty = s.folder / "empty"
    empty.mkdir()
    client.failed(t, s.run("check", empty), client.NO_INPUT,
                  "no picture and no pack", "nothing to check is no success")
    client.failed(t, s.run("check", s.folder / "none"), client.NO_INPUT,
                  "cannot read", "no folder")


def test_pack(t, s):
    packs = s.folder / "packs"
    s.put("notes.txt", b"no picture")
    for line in (b"packed=2 current=0 refused=1\n",
                 b"packed=0 current=2 refused=1\n"):
        ended = s.run("pack", s.templates, "--packs", packs)
        t.equal((ended.status, ended.out), (1, line), line.decode().strip())
        t.contains(ended.error, "caption: refused 'notes.txt': not a JPEG",
                   "what is refused is named")
        t.equal(len(ended.error.splitlines()), 1, "no progress in a file")
    (s.templates / "notes.txt").unlink()
    s.put("blink.gif", pictures.blinking(32, 32))
    ended = s.run("pack", s.templates, "--packs", packs)
    t.equal((ended.status, ended.out, ended.error),
            (0, b"packed=1 current=1 refused=0\n", ""),
            "only what changed is packed")
    index = json.loads((packs / "index.json").read_text())
    t.equal([entry["id"] for entry in index["templates"]],
            ["blink", "plain"], "with the index that a server reads")
    ended = s.run("check", packs)
    t.equal((ended.status, ended.out), (0, b"packs=2 good=2 bad=0\n"),
            "check finds the packs good")
    data = bytearray((packs / "plain.pack").read_bytes())
    data[-100] ^= 1
    (packs / "plain.pack").write_bytes(data)
    ended = s.run("check", packs)
    t.equal((ended.status, ended.out), (1, b"packs=2 good=1 bad=1\n"),
            "one bit turned makes one bad")
    t.contains(ended.error, "plain.pack': ", "which is named")
    for arguments, status, message in (
            ([s.folder / "none", "--packs", packs], client.NO_INPUT,
             "cannot read"),
            ([s.templates / "plain.png", "--packs", packs], client.NO_INPUT,
             "is no folder"),
            ([s.templates, "--jpeg-chroma", "5"], client.USAGE,
             "--jpeg-chroma"),
            ([], client.USAGE, "DIR expected")):
        client.failed(t, s.run("pack", *arguments), status, message, message)


def test_pack_on_a_terminal(t, s):
    ours, theirs = pty.openpty()
    process = subprocess.run(
        [str(client.CAPTION), "pack", str(s.templates), "--packs",
         str(s.folder / "shown")], stderr=theirs, stdout=subprocess.PIPE,
        env={**os.environ, **client.QUIET}, timeout=sites.DEADLINE_S,
        check=False)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    t.contains(shown, "packing, 2 of 2 left", "a terminal sees how far it is")
    t.ok(shown.endswith("\r\033[K"), "and in the end nothing of it", repr(shown))
    t.equal(process.stdout, b"packed=2 current=0 refused=0\n", "but the sum")


def test_pack_stopped(t, s):
    many, packs = s.folder / "many", s.folder / "half"
    many.mkdir()
    for i in range(200):
        (many / f"{i}.png").write_bytes(pictures.plain(16, 16, (i, 9, 9)))
    with subprocess.Popen(
            [str(client.CAPTION), "pack", str(many), "--packs", str(packs)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **client.QUIET}) as process:
        sites.wait_for(lambda: any(packs.glob("*.pack")), "a first pack")
        process.send_signal(signal.SIGINT)
        error = process.stderr.read().decode()
        out = process.stdout.read()
    t.equal((process.returncode, out), (client.TEMPORARY, b""),
            "stopped, it says that there is more to do")
    t.contains(error, "stopped before", "in words too")
    t.equal(list(packs.glob(".*")), [], "and leaves nothing half done")
    other = s.folder / "other"
    other.mkdir()
    (other / "held").touch()
    held = os.open(other, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    ended = s.run("pack", s.templates, "--packs", other)
    t.equal(ended.status, client.TEMPORARY, "one packer at a time")
    t.contains(ended.error, "another packer works in", "is said")
    t.equal(s.render("--packs", other).status, 0,
            "while render makes its pack elsewhere")
    t.equal(sorted(path.name for path in other.iterdir()), ["held"],
            "and none there")
    os.close(held)


def test_list(t, s):
    packs = s.folder / "packs"
    s.run("pack", s.templates, "--packs", packs)
    for folder in (s.templates, packs):
        cards = {card["id"]: card for card in
                 json.loads(s.run("list", folder, "--json").out)}
        t.equal({name: (card["name"], card["width"], card["frames"],
                        card["format"]) for name, card in cards.items()},
                {"plain": ("A plain picture", 320, 1, "png"),
                 "blink": ("blink", 32, 2, "gif")}, f"{folder.name}: cards")
        t.equal(s.run("list", folder).out.decode(),
                "ID     SIZE     FORMAT  FRAMES  NAME\n"
                "blink  32x32    gif     2       blink\n"
                "plain  320x240  png     1       A plain picture\n",
                f"{folder.name}: a table")
        t.equal(s.run("list", folder, "--names").out, b"blink\nplain\n",
                f"{folder.name}: names")
    client.failed(t, s.run("list", s.folder / "none"), client.NO_INPUT,
                  "cannot read", "no folder")
    client.failed(t, s.run("list", packs, "--server", "http://h"),
                  client.USAGE, "exclude", "a folder or a server")
    client.failed(t, s.run("list", packs, "--json", "--names"), client.USAGE,
                  "exclude", "JSON or names")
    with open("/dev/full", "wb") as full:
        t.equal(s.run("list", packs, stdout=full).status, client.IO,
                "a list that can't be written")


def signature(target):
    digest = hmac.new(SECRET.encode(), target.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")


def test_sign(t, s):
    file = s.folder / "secret"
    file.write_text(f"# the first signs\n{SECRET}\nanother-secret-of-ours\n")
    file.chmod(0o600)

    def sign(*arguments):
        return s.run("sign", "--secret-file", file, *arguments)
    for before, target, slash, after in (
            ("", "/caption?template=a", "", ""),
            ("", "/images/a/b.png", "", ""),
            ("https://h:81", "/caption?a=%C3%bc&b", "", ""),
            ("HTTPS://h", "/caption?a=b", "", "#top?&sig=x"),
            ("http://h", "?a=b", "/", ""),
            ("http://h", "", "/", "#f")):
        signed = slash + target
        joint = "&" if "?" in signed else "?"
        t.equal(sign(before + target + after).out.decode(),
                f"{before}{signed}{joint}sig={signature(signed)}{after}\n",
                f"{before}{target}{after} is signed")
    begin = int(time.time())
    url = sign("/a?b", "--expires", "60").out.decode().strip()
    expires = int(url.partition("&exp=")[2].partition("&")[0])
    t.ok(begin + 60 <= expires <= time.time() + 60, "--expires counts from now")
    t.ok(url.endswith("&sig=" + signature(f"/a?b&exp={expires}")),
         "the end is signed")
    for until in ("4102444800", "2100-01-01T00:00:00Z",
                  "2100-01-01T02:00:00+02:00"):
        t.equal(sign("/a", "--until", until).out.decode().strip(),
                "/a?exp=4102444800&sig=" + signature("/a?exp=4102444800"),
                f"--until {until}")
    for arguments, status, message in (
            (["/a?sig=x"], client.DATA, "'/a?sig=x': "),
            (["/a?%73ig=x"], client.DATA, "'/a?%73ig=x': "),
            (["/a?exp=1", "--expires", "5"], client.DATA, "/a?exp=1"),
            (["/a b"], client.DATA, "/a b"),
            (["/ü"], client.DATA, "/ü"),
            (["/a/../b"], client.DATA, "dot segments"),
            (["/a/%2E%2e/b"], client.DATA, "dot segments"),
            (["caption?a"], client.USAGE, "'caption?a': "),
            (["ftp://h/"], client.USAGE, "'ftp://h/': "),
            (["http:///a"], client.USAGE, "'http:///a': "),
            (["/a", "/b"], client.USAGE, "unexpected argument '/b'"),
            ([], client.USAGE, "URL expected"),
            (["/a", "--until", "tomorrow"], client.USAGE, "tomorrow"),
            (["/a", "--until", "2100-01-01T00:00:00"], client.USAGE, "zone"),
            (["/a", "--until", "1000"], client.USAGE, "is over"),
            (["/a", "--expires", "-1"], client.USAGE, "--expires"),
            (["/a", "--expires", "9", "--until", "4102444800"], client.USAGE,
             "exclude")):
        client.failed(t, sign(*arguments), status, message,
                      f"{arguments} is refused")
    client.failed(t, s.run("sign", "/a"), client.USAGE, "--secret-file",
                  "no secret")
    for text, mode, status in ((SECRET, 0o644, client.NO_INPUT),
                               ("short", 0o600, client.DATA),
                               ("", 0o600, client.DATA)):
        file.write_text(text)
        file.chmod(mode)
        ended = sign("/a")
        client.failed(t, ended, status, "cannot read the secret",
                      f"a secret file of {len(text)} bytes, {mode:o}")
        t.ok(not text or text not in ended.error, "which is not shown")


def test_manual(t, s):
    """caption(1) has each option, and no other."""
    manual = (sites.SOURCE / "docs/caption.1").read_text()
    told = set(re.findall(r"[-]([a-z][a-z-]+)", "".join(
        line for line in manual.splitlines(True)
        if re.match(r"\.(It |Op )?Fl |Fl -", line))))
    there = set()
    for name in COMMANDS:
        text = s.run(name, "--help").out.decode()
        there |= set(re.findall(r"^  (?:-., )?--([a-z-]+)", text, re.M))
        t.contains(manual, f".Ss {name}\n", f"the manual has {name}")
    t.equal(told - {"version"}, there, "the manual has the options")


def test_completion(t, s):
    script = sites.SOURCE / "deploy/completion/caption"

    def complete(*words):
        done = subprocess.run(
            ["bash", "-c", 'source "$0"; COMP_WORDS=("$@"); '
             "COMP_CWORD=$(($# - 1)); _caption \"$1\" \"${!#}\" "
             '"${COMP_WORDS[COMP_CWORD - 1]}"; '
             'printf "%s\\n" "${COMPREPLY[@]}"', str(script),
             str(client.CAPTION), *map(str, words)],
            stdout=subprocess.PIPE, timeout=sites.DEADLINE_S, check=True,
            env={**os.environ, **client.QUIET})
        return done.stdout.decode().split()
    t.equal(complete("re"), ["render"], "a command")
    t.equal(complete("help", "s"), ["sign"], "a command to help with")
    t.equal(complete("render", "--templates", s.templates, "pl"), ["plain"],
            "a template")
    t.equal(complete("sign", "--e"), ["--expires"], "an option")
    t.equal(complete("get", "x", "--format", "we"), ["webp"], "a format")
    t.equal(complete("check", s.templates.parent / "templ"),
            [str(s.templates)], "a folder")


def test_usage(t, s):
    ended = s.run("--version")
    t.ok(ended.out.startswith(b"captiond 0."), "--version", ended)
    for arguments in (["help"], ["--help"], ["-h"]):
        t.contains(s.run(*arguments).out.decode(), "Commands:",
                   f"{arguments[0]} shows the commands")
    for name in COMMANDS:
        text = s.run(name, "--help").out.decode()
        t.contains(text, f"caption {name} [OPTION", f"{name} --help")
        t.equal(s.run("help", name).out.decode(), text, f"help {name}")
        client.failed(t, s.run(name, "--nonsense"), client.USAGE,
                      "--nonsense", f"{name}: an unknown option")
    for arguments, message in (([], "Commands:"), (["draw"], "'draw'")):
        ended = s.run(*arguments)
        t.equal((ended.status, message in ended.error, ended.out),
                (client.USAGE, True, b""), f"caption {arguments}")


if __name__ == "__main__":
    tap.run(Setting(), test_whole_or_nothing, test_devices, test_closed_pipes,
            test_folders_that_keep_packs, test_bad_pictures, test_pack,
            test_pack_on_a_terminal, test_pack_stopped, test_list, test_sign, test_manual, test_completion,
            test_usage)
