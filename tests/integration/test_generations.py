"""HUP and USR1: a fresh generation of workers takes over from the old one
while clients ask, and a configuration that is no good changes nothing."""

import os
import pathlib
import shutil
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))

import faults  # noqa: E402
import fastcgi  # noqa: E402
import pictures  # noqa: E402
import sites  # noqa: E402
import tap  # noqa: E402

GREETING = "/caption?template=plain&top_text=hello"
JPEG = "/caption.jpg?template=plain&top_text=hello"
WORKERS = 2


class Site(faults.Site):
    """Its options are in a file, which can be changed; so are its fonts."""

    def __init__(self):
        super().__init__("--workers", str(WORKERS))
        self.options = self.folder / "captiond.conf"
        self.fonts = self.folder / "fonts"
        shutil.copytree(sites.FONTS / "site", self.fonts)
        whole = self.captiond.arguments(listen=False)
        # The command line would win over the file.
        for name in ("--workers", "--fonts"):
            at = whole.index(name)
            del whole[at:at + 2]
        self.captiond.arguments = \
            lambda listen: whole + ["--config", str(self.options)]
        self.configure()

    def configure(self, text="", workers=WORKERS, listen=None):
        beside = self.folder / "captiond.conf.new"
        beside.write_text(
            f"[captiond]\nlisten=unix:{listen or self.captiond.socket}\n"
            f"workers={workers}\nfonts={self.fonts}\n{text}\n")
        beside.replace(self.options)

    def send(self, number):
        self.captiond.process.send_signal(number)

    def log(self):
        return self.captiond.log.read_text()

    def renew(self, number=signal.SIGHUP, workers=WORKERS):
        """Until nobody but a fresh generation is there. Returns its pids."""
        before = set(self.captiond.workers())
        served = self.log().count(" serves with ")
        self.send(number)
        sites.wait_for(lambda: self.log().count(" serves with ") > served,
                       "the next generation")
        sites.wait_for(
            lambda: len(self.captiond.workers()) == workers and
            not before & set(self.captiond.workers()), "the old one's end")
        return set(self.captiond.workers())


def refused(t, site, why, what):
    """HUP changes nothing and the log says why."""
    before = set(site.captiond.workers())
    lines = site.log().count("the configuration stays")
    site.send(signal.SIGHUP)
    sites.wait_for(
        lambda: site.log().count("the configuration stays") > lines, what)
    sites.wait_for(lambda: set(site.captiond.workers()) == before,
                   f"{what}: the workers of before")
    told = [line for line in site.log().splitlines()
            if "the configuration stays" in line]
    t.contains(told[-1], why, f"{what}: the log says why")
    t.equal(site.get(GREETING).status, 200, f"{what}: the pool goes on")


def test_reload(t, site):
    before = site.get(JPEG).body
    site.configure("jpeg-quality=20")
    site.renew()
    after = site.get(JPEG).body
    t.ok(len(after) < len(before), "HUP brings the file's new values",
         (len(before), len(after)))
    site.configure()
    site.renew()
    t.equal(site.get(JPEG).body, before, "and the old ones again")


def test_workers_option(t, site):
    for workers in (4, 1, WORKERS):
        site.configure(workers=workers)
        site.renew(workers=workers)
        t.equal(site.get("/stats").json()["workers"], workers,
                f"HUP: {workers} workers")


def test_bad_configuration(t, site):
    for text, why in (("workers=none", "whole number"), ("wheels=4", "wheels"),
                      ("fonts=/nowhere", "/nowhere"),
                      ("packer=/nowhere/packer", "/nowhere/packer")):
        site.configure(text)
        refused(t, site, why, f"'{text}'")
    site.options.unlink()
    refused(t, site, "captiond.conf", "no file")
    site.configure(listen=f"{site.folder}/no/such/folder/socket")
    refused(t, site, "/no/such/folder", "a socket that can't be")
    site.configure()


def test_failing_helper(t, site):
    """A packer that ends as if it had been told nonsense costs new templates,
    and not the pool."""
    script = site.folder / "packer.sh"
    broken = site.folder / "broken"
    script.write_text(f"#!/bin/sh\n[ -e {broken} ] && exit 64\n"
                      f"exec {sites.BUILD}/fcgi/captiond-packer \"$@\"\n")
    script.chmod(0o755)

    def packers():
        return [pid for pid in sites.children(site.captiond.process.pid)
                if sites.command(pid) == "captiond-packer"]

    before = packers()
    site.configure(f"packer={script}")
    site.renew()
    now = sites.wait_for(lambda: [pid for pid in packers()
                                  if pid not in before], "the packer")
    broken.touch()
    os.kill(now[0], signal.SIGKILL)
    sites.wait_for(lambda: "the packer exited with status 64" in site.log(),
                   "a packer that can't start")
    broken.unlink()
    sites.wait_for(packers, "the next one")
    t.equal(site.get(GREETING).status, 200, "the pool has gone on")
    site.configure()
    site.renew()


def test_failing_start(t, site):
    """What only a worker finds out: no font can be read."""
    moved = site.fonts.rename(site.folder / "fonts-moved")
    site.fonts.mkdir()
    site.configure("default-fonts=Nowhere")
    refused(t, site, "no worker can start", "no font")
    site.fonts.rmdir()
    moved.rename(site.fonts)
    site.configure()
    site.renew()
    t.equal(site.get(GREETING).status, 200, "the next HUP is heard")


def test_moved_socket(t, site):
    """Who is in the old socket's queue is served; the new one is there
    first."""
    old, new = site.captiond.socket, site.folder / "other.sock"
    site.configure(listen=new)
    for pid in site.captiond.workers():
        os.kill(pid, signal.SIGSTOP)
    waiting = [fastcgi.connect(old) for _ in range(4)]
    for connection in waiting:
        connection.sendall(fastcgi.request(GREETING))
    site.send(signal.SIGHUP)
    sites.wait_for(new.exists, "the new socket")
    for pid in site.captiond.workers():
        os.kill(pid, signal.SIGCONT)
    t.equal([fastcgi.read_answer(one).status for one in waiting], [200] * 4,
            "the old queue is served")
    t.equal(fastcgi.ask(new, GREETING).status, 200, "the new socket serves")
    sites.wait_for(lambda: not old.exists(), "the old socket's end")
    site.configure()
    site.send(signal.SIGHUP)
    sites.wait_for(lambda: old.exists() and not new.exists(), "the way back")
    sites.wait_for(lambda: len(site.captiond.workers()) == WORKERS, "workers")
    t.equal(site.get(GREETING).status, 200, "and back again")


def test_no_request_is_lost(t, site):
    expected = site.body_sums(faults.TARGETS)
    most = []

    def watch(load):
        while load.is_on():
            most.append(len(site.captiond.workers()))
            time.sleep(0.02)
    for number, interval_s in ((signal.SIGHUP, 0.5), (signal.SIGHUP, 0.05),
                               (signal.SIGUSR1, 0.5)):
        before = set(site.captiond.workers())
        result = faults.under(
            site, faults.every(interval_s, lambda: site.send(number)),
            watch)
        faults.check_unharmed(
            t, f"{number.name} every {interval_s} s", result, expected)
        t.ok(max(most) <= 2 * WORKERS, "never more than two generations",
             max(most))
        t.ok(not before & set(site.captiond.workers()),
             "and nobody is left of the first")


def test_reopen_with_bad_configuration(t, site):
    """Logs are turned at night; somebody may be half-way through an edit."""
    site.configure("wheels=4")
    site.renew(signal.SIGUSR1)
    t.equal(site.get(GREETING).status, 200,
            "USR1 needs no configuration that is any good")
    site.configure()


def test_packer(t, site):
    """It looks again at HUP, and is replaced where its options change."""
    def packer():
        found = [pid for pid in sites.children(site.captiond.process.pid)
                 if sites.command(pid) == "captiond-packer"]
        return found[0] if len(found) == 1 else None
    def settled():
        # What the last change of options replaced may not have ended.
        found = packer()
        time.sleep(1)
        return found if found == packer() else None
    first = sites.wait_for(settled, "a packer")
    site.renew()
    t.equal(packer(), first, "HUP leaves the packer where it is")
    site.configure("gif-quality=50")
    site.renew()
    second = sites.wait_for(
        lambda: packer() not in (None, first) and packer(), "the next packer")
    site.configure()
    site.renew(signal.SIGUSR1)
    third = sites.wait_for(
        lambda: packer() not in (None, second) and packer(), "a third")
    t.ok(third, "a change of its options, and USR1, replace it")
    site.renew()
    site.put("late.png", pictures.plain(30, 20, (5, 5, 5)))
    sites.wait_for(lambda: "late" in site.captiond.names(), "late.png")
    t.ok(True, "the last one works")
    (site.templates / "late.png").unlink()


def test_stop_while_renewing(t, site):
    for delay_s in (0, 0.05, 0.2):
        site.send(signal.SIGHUP)
        time.sleep(delay_s)
        children = sites.children(site.captiond.process.pid)
        t.equal(site.captiond.stop(), 0,
                f"TERM {delay_s} s after HUP ends with 0")
        t.ok(not any(map(sites.command, children)), "and nobody is left")
        site.captiond.start()


if __name__ == "__main__":
    tap.run(Site(), test_reload, test_packer, test_workers_option,
            test_bad_configuration,
            test_failing_helper, test_failing_start, test_moved_socket,
            test_no_request_is_lost,
            test_reopen_with_bad_configuration,
            test_stop_while_renewing)
