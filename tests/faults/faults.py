"""A fault while clients ask through nginx, and what those clients saw."""

import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] /
                       "integration"))

import sites  # noqa: E402
import tap  # noqa: E402

# How long each load lasts; `make faults` says 60.
SECONDS = float(os.environ.get("FAULTS_SECONDS", "1"))
LOAD = sites.BUILD / "tests/faults/load"
TARGETS = [
    "/caption?template=plain&top_text=hello",
    "/caption.jpg?template=plain&bottom_text=hello%20there",
    "/caption?template=sheer&top_text=a&bottom_text=b",
    "/caption?template=dot&middle_text=x",
]
IS_SANITIZED = "#define WITH_SANITIZERS 1" in \
    (sites.BUILD / "config.h").read_text()


class Site(sites.Site):
    """Four workers and no cache: each request needs one of them."""

    def __init__(self, *options, cache=False):
        options = options if "--workers" in options else \
            ("--workers", "4", *options)
        super().__init__(*options, cache=cache)
        self.bodies = self.folder / "bodies"
        self.bodies.mkdir()

    def deaths(self):
        """How many workers have died; not those whose time had come."""
        log = self.captiond.log.read_text(errors="replace")
        return len(re.findall(r"error: worker \d+ ", log))

    def body_sums(self, targets):
        """What the answers must be, asked for in peace."""
        return [{hashlib.md5(self.get(target).body).hexdigest()}
                for target in targets]


class Load:
    """Clients that ask while the context lasts; then .result is what they
    saw. Ended early by .stop()."""

    def __init__(self, site, *targets, connections=16, seconds=None, rate=0,
                 idle=0, timeout_s=60):
        self.targets = list(targets) or TARGETS
        self.folder = site.bodies
        # A file: a long load's timeline is more than a pipe holds, and nobody
        # reads it before the end.
        self.out = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*sites.TIED, str(LOAD), "--port", str(site.nginx.port),
             "--connections", str(connections), "--rate", str(rate),
             "--idle", str(idle), "--timeout-ms", str(timeout_s * 1000),
             "--seconds", str(SECONDS if seconds is None else seconds),
             "--bodies", str(site.bodies), "--", *self.targets], stdout=self.out)
        self.result = None

    def is_on(self):
        return self.process.poll() is None

    def finish(self):
        self.process.wait(sites.DEADLINE_S * 10)
        if self.process.returncode != 0:
            raise RuntimeError(f"load ended with {self.process.returncode}")
        self.out.seek(0)
        self.result = json.load(self.out)
        self.result["folder"] = self.folder
        return self.result

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None and self.is_on():
            self.process.kill()
        if self.result is None:
            self.finish()


def every(interval_s, act):
    """Acts again and again while the load given later lasts: for Thread."""
    def run(load):
        while load.is_on():
            act()
            time.sleep(interval_s)
    return run


def under(site, *acts, **load):
    """The result of a load during which each of acts, made by every(), runs."""
    with Load(site, *load.pop("targets", ()), **load) as running:
        threads = [threading.Thread(target=act, args=(running,))
                   for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return running.result


def signal_one(site, number, rng=random.Random(1)):
    """A signal for one of the workers, whichever it is."""
    def act():
        workers = site.captiond.workers()
        if workers:
            try:
                os.kill(rng.choice(workers), number)
            except ProcessLookupError:
                pass
    return act


def errors(result):
    """How many requests had anything but a whole answer of 200."""
    return result["requests"] - result["statuses"].get("200", 0)


def failures(result):
    """Requests without any answer, by what happened to them."""
    return {name: n for name, n in result["ends"].items()
            if n and name != "answered"}


def wrong_bodies(result, expected):
    """Bodies that are none of those expected, of each target."""
    return [{md5: n for md5, n in bodies.items() if md5 not in allowed}
            for bodies, allowed in zip(result["bodies"], expected)]


def report(t, name, result, note=""):
    """A line of the table."""
    row = {
        "scenario": name,
        "requests": result["requests"],
        "answers": " ".join(f"{status}:{n}" for status, n in
                            sorted(result["statuses"].items())),
        "no answer": " ".join(f"{end}:{n}" for end, n in
                              failures(result).items()) or "0",
        "p50 ms": result["ok_ms"].get("p50", "-"),
        "p99 ms": result["ok_ms"].get("p99", "-"),
        "max ms": max(result[kind].get("max", 0) for kind in
                      ("ok_ms", "busy_ms", "other_ms")),
        "note": note,
    }
    print("# " + "  ".join(f"{key}={value}" for key, value in row.items()),
          flush=True)
    if "FAULTS_TABLE" in os.environ:
        with open(os.environ["FAULTS_TABLE"], "a") as table:
            table.write(json.dumps(row) + "\n")


def keep_wrong(result, wrong):
    """Leaves the pictures that nobody should have got in the build folder."""
    for md5 in {md5 for bodies in wrong for md5 in bodies}:
        shutil.copy(result["folder"] / md5, f"{md5}-differs.png")


def check_unharmed(t, name, result, expected, slowest_s=None, note=""):
    """No client was refused, cut off, or given a picture that is not its own;
    and the slowest answer was within slowest_s."""
    report(t, name, result, note)
    t.ok(errors(result) == 0 and result["requests"] > 0,
         f"{name}: no client sees an error",
         (result["statuses"], failures(result)))
    wrong = wrong_bodies(result, expected)
    keep_wrong(result, wrong)
    t.ok(not any(wrong), f"{name}: each picture is the right one", wrong)
    if slowest_s is not None:
        t.ok(result["ok_ms"].get("max", 0) <= slowest_s * 1000,
             f"{name}: nothing is slower than {slowest_s} s",
             result["ok_ms"])
