#!/usr/bin/env python3
"""Files that change while clients ask: templates replaced, packs damaged, logs
renamed."""

import itertools
import json
import os
import signal
import time

import faults
from faults import every, sites, tap, under
import pictures

SWAPPED = "/caption?template=swapped&top_text=hello"
OLD = pictures.plain(64, 48, (200, 20, 20))
NEW = pictures.plain(80, 60, (20, 20, 200))


def sum_of(site, target):
    return site.body_sums([target])[0]


def settle(site, name, data):
    """Puts a template there, and waits until it is what is drawn."""
    site.put(name, data)
    stem = name.split(".")[0]
    size = pictures.size(data)
    sites.wait_for(
        lambda: (body := site.get(f"/templates/{stem}.png").body)[:4] ==
        b"\x89PNG" and pictures.size(body) == size, f"{name} as it is now")


def check_replaced(t, site, name):
    both = set()
    for data in (OLD, NEW):
        settle(site, "swapped.png", data)
        both |= sum_of(site, SWAPPED)
    t.equal(len(both), 2, f"{name}: old and new differ")
    turns = itertools.cycle((OLD, NEW))
    result = under(site, every(
        0.1, lambda: site.put("swapped.png", next(turns))), targets=[SWAPPED])
    seen = result["bodies"][0]
    faults.check_unharmed(
        t, name, result, [both],
        note=f"every 100 ms; {min(seen.values())} of the rarer one"
        if seen else "")
    t.ok(len(seen) == 2 or faults.SECONDS < 10, f"{name}: both were seen",
         seen)


def test_replaced(t, site):
    check_replaced(t, site, "template replaced")


def test_replaced_cached(t, _):
    """With nginx's cache before it."""
    with faults.Site(cache=True) as site:
        check_replaced(t, site, "template replaced, cache on")


def truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def flip(path):
    descriptor = os.open(path, os.O_RDWR)
    end = path.stat().st_size - 1
    byte = os.pread(descriptor, 1, end)
    os.pwrite(descriptor, bytes([byte[0] ^ 0x55]), end)
    os.close(descriptor)


def replace_by_half(path):
    half = path.with_name(".half")
    data = path.read_bytes()
    half.write_bytes(data[:len(data) // 2])
    half.rename(path)


def check_damage(t, site, name, damage):
    """Somebody else spoils a pack. Nobody who asks for others may notice."""
    others = faults.TARGETS
    expected = site.body_sums(others)
    # A request that kills workers is refused for a minute: each has its own.
    target = f"/caption?template=hurt&top_text={damage.__name__}"
    right = sum_of(site, target)
    pack = site.folder / "packs/hurt.pack"

    def act():
        try:
            damage(pack)
        except FileNotFoundError:
            pass
    with faults.Load(site, target, connections=2) as hurt:
        result = under(site, every(0.5, act), targets=others)
    wrong = sum(n for md5, n in hurt.result["bodies"][0].items()
                if md5 not in right)
    faults.check_unharmed(t, f"{name}: the others", result, expected,
                          note="every 500 ms")
    faults.report(t, f"{name}: its own", hurt.result, f"{wrong} wrong")
    t.ok(not faults.failures(hurt.result) and
         set(hurt.result["statuses"]) <= {"200", "500", "503"},
         f"{name}: whoever asks for it has an answer",
         (hurt.result["statuses"], faults.failures(hurt.result)))
    if damage is not flip:      # what is mapped is not checked again
        t.equal(wrong, 0, f"{name}: and no wrong picture")
    sites.wait_for(lambda: site.get("/caption?template=hurt").status == 200,
                   "its repair")
    t.ok(True, f"{name}: in the end it is whole again")


def test_truncated(t, site):
    check_damage(t, site, "pack truncated", truncate)


def test_flipped(t, site):
    check_damage(t, site, "pack flipped", flip)


def test_half(t, site):
    check_damage(t, site, "pack half replaced", replace_by_half)


def test_rotation(t, _):
    """Each request has its line, in one file or the other."""
    with faults.Site() as site:
        log = site.folder / "access.json"
        site.captiond.stop()
        site.captiond.options += ("--access-log", str(log))
        site.captiond.start()
        expected = site.body_sums(faults.TARGETS)
        numbers = itertools.count()

        def act():
            log.rename(log.with_name(f"access.{next(numbers)}"))
            site.captiond.process.send_signal(signal.SIGUSR1)
            sites.wait_for(log.exists, "the new file")
        result = under(site, every(0.3, act))
        time.sleep(0.5)
        names = [log, *log.parent.glob("access.[0-9]*")]
        lines = [line for path in names
                 for line in path.read_text().splitlines()]
        drawn = sum("/caption" in json.loads(line)["path"] for line in lines)
        faults.check_unharmed(t, "logs renamed, USR1", result, expected,
                              note=f"{len(names)} files")
    t.equal(drawn, result["requests"] + len(faults.TARGETS),
            "logs renamed, USR1: each request has one line")


class Site(faults.Site):
    def __enter__(self):
        (self.templates / "hurt.png").write_bytes(pictures.png(
            120, 90, lambda x, y: (x, y, x * y & 255, 255)))
        return super().__enter__()


if __name__ == "__main__":
    tap.run(Site(), test_replaced, test_replaced_cached, test_truncated,
            test_flipped, test_half, test_rotation)
