#!/usr/bin/env python3
"""Hours of ordinary work, in little: memory flat, no descriptor left over, no
worker replaced but by its own rule. SOAK_SECONDS says how long."""

import os
import pathlib
import threading
import time

import faults
from faults import sites, tap
import pictures

SOAK_S = float(os.environ.get("SOAK_SECONDS",
                              max(10, min(faults.SECONDS, 60))))
RATE = 50           # requests a second: a quarter of what is there, or less
GROWTH_BYTES = 8 << 20      # over the second half, of all workers together
TARGETS = [
    "/caption?template=plain&top_text={n}",
    "/caption.jpg?template=plain&top_text=same&bottom_text=all",
    "/caption.webp?template=sheer&bottom_text={n}",
    "/caption.gif?template=dot&top_text={n}",
    "/caption?template=plain&width=200&top_text={n}",
    "/caption.png?template=sheer&height=300&middle_text=%E2%82%AC{n}",
    "/caption?template=nobody&top_text={n}",
    "/caption?template=plain&top_text={n}&colour=red",
    "/templates", "/templates/plain", "/fonts", "/stats",
    "/templates/dot.webp?width=20", "/nowhere/{n}",
]


def private_bytes(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) * 1024 for line in text.splitlines()
               if line.startswith(("Private_Clean", "Private_Dirty")))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def sample(site, samples, stop):
    """Every second or so: time, private memory of all of the pool's processes,
    the most descriptors that one of them has."""
    started = time.monotonic()
    while not stop.wait(max(1, SOAK_S / 600)):
        pids = [site.captiond.process.pid,
                *sites.children(site.captiond.process.pid)]
        try:
            samples.append((time.monotonic() - started,
                            sum(map(private_bytes, pids)),
                            max(map(descriptors, pids))))
        except OSError:
            pass        # one of them ended meanwhile


def slope(points):
    """Least squares, of (x, y)."""
    n = len(points)
    mean_x = sum(x for x, _ in points) / n
    mean_y = sum(y for _, y in points) / n
    below = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / below \
        if below else 0


def soak(site):
    """The load's result and the samples, a template replaced meanwhile."""
    samples, stop = [], threading.Event()
    thread = threading.Thread(target=sample, args=(site, samples, stop))
    thread.start()
    try:
        with faults.Load(site, *TARGETS, connections=16, seconds=SOAK_S,
                         rate=RATE) as load:
            while load.is_on():
                shade = int(time.monotonic()) & 255
                site.put("fickle.png", pictures.plain(60, 40, (shade, 0, 0)))
                time.sleep(2)
    finally:
        stop.set()
        thread.join()
    return load.result, samples


def test_soak(t, site):
    # Each worker has seen everything once.
    for target in TARGETS * 8:
        site.get(target.replace("{n}", str(time.monotonic())))
    workers = set(site.captiond.workers())
    result, samples = soak(site)
    later = samples[len(samples) // 2:]
    growth = slope([(when, memory) for when, memory, _ in later]) * \
        (later[-1][0] - later[0][0])
    first, last = samples[0], samples[-1]
    faults.report(
        t, f"soak of {SOAK_S:.0f} s", result,
        f"private {first[1] >> 10} -> {last[1] >> 10} KiB, "
        f"{growth / 1024:+.0f} KiB in the second half; descriptors "
        f"{first[2]} -> {last[2]}, "
        f"{len(workers - set(site.captiond.workers()))} workers replaced")
    t.ok(set(result["statuses"]) == {"200", "400", "404"} and
         not faults.failures(result), "soak: each request has its answer",
         (result["statuses"], faults.failures(result)))
    if faults.IS_SANITIZED:
        t.skip("what a sanitizer keeps back is no leak")
    else:
        t.ok(growth < GROWTH_BYTES, "soak: private memory is flat", samples)
    t.ok(last[2] <= max(count for _, _, count in samples[:5]) + 2,
         "soak: no descriptor is left over", (samples[:5], last))
    t.equal(site.deaths(), 0, "soak: no worker ends but by its own rule")


if __name__ == "__main__":
    # A sanitizer keeps back what is freed: that is no growth.
    tap.run(faults.Site("--workers", "2", *(
        ("--max-growth", "0") if faults.IS_SANITIZED else ())), test_soak)
