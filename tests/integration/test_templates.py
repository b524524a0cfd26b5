"""The template folder: what is dropped in, replaced or removed takes effect
soon, and what can't be decoded harms nothing."""

import json
import os
import time

import pictures
import sites
import tap

# A second is what an idle machine needs at most; sanitizers and a busy one
# take their time.
SOON_S = 5.0


def takes_effect(t, condition, what):
    started = time.monotonic()
    sites.wait_for(condition, what)
    took = time.monotonic() - started
    t.ok(took < SOON_S, f"{what}, soon", f"{took:.3f} s")


def skipped(site):
    return {entry["file"]: entry["reason"]
            for entry in site.get("/stats").json()["skipped"]}


def listed(site):
    return site.get("/templates").json()


def shows(site, name, size):
    """Whether a template's blank has this size, whatever worker is asked."""
    for _ in range(4):
        response = site.get(f"/caption?template={name}")
        if response.status != 200 or pictures.size(response.body) != size:
            return False
    return True


def test_life_of_a_picture(t, site):
    site.put("new.png", pictures.plain(60, 40, (1, 2, 3)))
    takes_effect(t, lambda: "new" in listed(site) and
                 shows(site, "new", (60, 40)), "a new picture is there")
    version = site.get("/templates/new").json()["version"]
    site.put("new.png", pictures.plain(50, 30, (1, 2, 3)))
    takes_effect(t, lambda: shows(site, "new", (50, 30)),
                 "a replaced picture is the new one")
    t.ok(site.get("/templates/new").json()["version"] != version,
         "its version is another")
    (site.templates / "new.png").unlink()
    takes_effect(t, lambda: "new" not in listed(site) and
                 site.get("/caption?template=new").status == 404,
                 "a removed picture is gone")


def test_written_in_place(t, site):
    """As cp does it: opened, written in pieces, closed."""
    data = pictures.plain(70, 50, (9, 9, 9))
    with open(site.templates / "slow.png", "wb") as file:
        file.write(data[:100])
        file.flush()
        time.sleep(0.3)
        file.write(data[100:])
    takes_effect(t, lambda: shows(site, "slow", (70, 50)),
                 "a picture written slowly is whole")
    with open(site.templates / "slow.png", "wb") as file:
        file.write(pictures.plain(20, 10, (9, 9, 9)))
    takes_effect(t, lambda: shows(site, "slow", (20, 10)),
                 "a picture written over is the new one")
    (site.templates / "slow.png").unlink()


def test_moved(t, site):
    site.put("old name.png", pictures.plain(30, 20, (1, 1, 1)))
    takes_effect(t, lambda: shows(site, "old%20name", (30, 20)),
                 "a name with a space")
    os.rename(site.templates / "old name.png", site.templates / "neu-ü.png")
    takes_effect(t, lambda: shows(site, "neu-%C3%BC", (30, 20)) and
                 "old name" not in listed(site), "a renamed picture")
    (site.templates / "neu-ü.png").unlink()


def test_kind_is_told_by_content(t, site):
    jpeg = site.get("/templates/plain.jpg").body
    site.put("liar.png", jpeg)
    site.put("silent", jpeg)
    for name in ("liar", "silent"):
        sites.wait_for(lambda: name in listed(site), name)
        response = site.get(f"/caption?template={name}&top_text=x")
        t.equal((response.status, pictures.kind(response.body)),
                (200, "jpeg"), f"'{name}' is the JPEG it is")
        (site.templates / ("liar.png" if name == "liar" else name)).unlink()


def test_broken(t, site):
    good = pictures.plain(30, 20, (5, 5, 5))
    gif = pictures.gif(8, 8, (1, 2, 3))
    jpeg = site.get("/templates/plain.jpg").body
    broken = {
        "empty.png": b"",
        "text.png": b"This is no picture.\n",
        "half.png": good[:len(good) // 2],
        "flipped.png": good[:60] + b"\xff\xff\xff\xff" + good[64:],
        "head.gif": gif[:10],
        "stump.jpg": jpeg[:40],
        "huge.png": good[:16] + b"\x00\x01\x00\x00" * 2 + good[24:],
        "page.svg.html": b"<html></html>",
    }
    for name, data in broken.items():
        site.put(name, data)
    site.put("last.png", good)
    sites.wait_for(lambda: "last" in listed(site) and
                   set(broken) <= set(skipped(site)), "the pictures are read")
    entries = skipped(site)
    for name in broken:
        t.ok(entries[name], f"'{name}' is skipped, and /stats says why",
             entries)
    t.equal(listed(site), ["dot", "last", "plain", "sheer"],
            "the others are there")
    log = site.captiond.log.read_text()
    for name in broken:
        lines = [line for line in log.splitlines() if f"'{name}'" in line]
        t.equal(len(lines), 1, f"'{name}' has one line in the log")
        (site.templates / name).unlink()
    (site.templates / "last.png").unlink()
    takes_effect(t, lambda: not skipped(site), "removed, they are forgotten")


def test_broken_replaces_good(t, site):
    site.put("turn.png", pictures.plain(30, 20, (5, 5, 5)))
    sites.wait_for(lambda: shows(site, "turn", (30, 20)), "turn.png")
    site.put("turn.png", b"no picture any more")
    takes_effect(t, lambda: "turn.png" in skipped(site),
                 "a picture that turned bad is listed")
    site.put("turn.png", pictures.plain(40, 20, (5, 5, 5)))
    takes_effect(t, lambda: shows(site, "turn", (40, 20)) and
                 "turn.png" not in skipped(site), "and comes back when good")
    (site.templates / "turn.png").unlink()


def test_sidecar(t, site):
    sidecar = site.templates / "plain.json"
    before = site.get("/templates/plain").json()
    sidecar.write_text(json.dumps(
        {"name": "A plain one", "keywords": ["flat"]}))
    takes_effect(t, lambda: site.get("/templates/plain").json().get("name")
                 == "A plain one", "a sidecar is read")
    card = site.get("/templates/plain").json()
    t.equal(card["keywords"], ["flat"], "its keywords")
    t.ok(card["version"] != before["version"], "the version is another")
    t.equal(site.get("/templates?filter=flat").json(), ["plain"],
            "a filter finds them")
    t.equal(listed(site), ["dot", "plain", "sheer"],
            "a sidecar is no template")
    sidecar.unlink()
    takes_effect(t, lambda: site.get("/templates/plain").json()["version"]
                 == before["version"], "a removed sidecar is forgotten")


def test_one_stem_twice(t, site):
    site.put("twin.png", pictures.plain(30, 20, (5, 5, 5)))
    site.put("twin.gif", pictures.gif(10, 10, (5, 5, 5)))
    takes_effect(t, lambda: shows(site, "twin", (10, 10)),
                 "of two with one name the first in byte order counts")
    t.equal(listed(site).count("twin"), 1, "it is listed once")
    (site.templates / "twin.gif").unlink()
    takes_effect(t, lambda: shows(site, "twin", (30, 20)),
                 "then the other one")
    (site.templates / "twin.png").unlink()


def test_hidden_and_folders(t, site):
    (site.templates / ".hidden.png").write_bytes(
        pictures.plain(5, 5, (1, 1, 1)))
    (site.templates / "folder.png").mkdir()
    os.symlink("/dev/zero", site.templates / "endless.png")
    os.mkfifo(site.templates / "fifo.png")
    site.put("after.png", pictures.plain(5, 5, (1, 1, 1)))
    takes_effect(t, lambda: "after" in listed(site),
                 "folders, devices and pipes stop nothing")
    t.equal(listed(site), ["after", "dot", "plain", "sheer"],
            "and are no templates")
    (site.templates / "folder.png").rmdir()
    for name in (".hidden.png", "endless.png", "fifo.png", "after.png"):
        (site.templates / name).unlink()


def test_restart(t, site):
    """The same bytes after a restart, with packs kept and with packs lost."""
    targets = ["/caption?template=plain&top_text=a",
               "/caption?template=sheer&bottom_text=b&format=jpeg",
               "/caption?template=dot&width=50"]
    def answers():
        got = [site.captiond.ask(target) for target in targets]
        return [(one.status, one.body, one.headers["etag"]) for one in got]
    first = answers()
    t.equal([status for status, _, _ in first], [200] * 3, "drawn once")
    packs = site.folder / "packs"
    for what, spoil in (
            ("after a restart", lambda: None),
            ("with all packs lost", lambda: [
                path.unlink() for path in packs.rglob("*")
                if path.is_file()]),
            ("with all packs cut short", lambda: [
                os.truncate(path, path.stat().st_size // 2)
                for path in packs.rglob("*") if path.is_file()]),
            ("with all packs overwritten", lambda: [
                path.write_bytes(b"\xff" * path.stat().st_size)
                for path in packs.rglob("*") if path.is_file()])):
        t.equal(site.captiond.stop(), 0, "the pool stops")
        spoil()
        site.captiond.start()
        t.ok(answers() == first, f"{what}: the same bytes and ETags")


if __name__ == "__main__":
    tap.run(sites.Site(), test_life_of_a_picture, test_written_in_place,
            test_moved, test_kind_is_told_by_content, test_broken,
            test_broken_replaces_good, test_sidecar, test_one_stem_twice,
            test_hidden_and_folders, test_restart)
