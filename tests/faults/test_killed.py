#!/usr/bin/env python3
"""Workers, packer and master that are killed, stopped or replaced while
clients ask."""

import os
import signal
import time

import faults
from faults import SECONDS, every, sites, tap, under

HARD_DEADLINE_S = 10    # captiond's default


def test_calm(t, site):
    site.expected = site.body_sums(faults.TARGETS)
    result = under(site)
    faults.check_unharmed(t, "calm", result, site.expected)


def check_workers(t, site, name, act, interval_s, note):
    before = set(site.captiond.workers())
    result = under(site, every(interval_s, act))
    faults.check_unharmed(t, name, result, site.expected, HARD_DEADLINE_S,
                          note)
    sites.wait_for(lambda: len(site.captiond.workers()) == 4, "four workers")
    t.ok(not before & set(site.captiond.workers()) or SECONDS < 10,
         f"{name}: nobody is left of the first")


def test_sigkill(t, site):
    check_workers(t, site, "SIGKILL", faults.signal_one(site, signal.SIGKILL),
                  0.1, "one worker every 100 ms")


def test_sigsegv(t, site):
    check_workers(t, site, "SIGSEGV", faults.signal_one(site, signal.SIGSEGV),
                  0.1, "one worker every 100 ms")


def test_sigstop(t, site):
    check_workers(t, site, "SIGSTOP", faults.signal_one(site, signal.SIGSTOP),
                  0.5, "one worker every 500 ms")


def test_hup(t, site):
    """A generation after the other, faster than one is through."""
    result = under(site, every(0.5, lambda: site.captiond.process.send_signal(
        signal.SIGHUP)))
    faults.check_unharmed(t, "HUP", result, site.expected, HARD_DEADLINE_S,
                          "every 500 ms")
    sites.wait_for(lambda: len(site.captiond.workers()) == 4, "four workers")


def packers(site):
    return [pid for pid in sites.children(site.captiond.process.pid)
            if sites.command(pid) == "captiond-packer"]


def test_packer(t, site):
    def act():
        for pid in packers(site):
            os.kill(pid, signal.SIGKILL)
    result = under(site, every(0.2, act))
    faults.check_unharmed(t, "packer killed", result, site.expected,
                          note="every 200 ms")


def test_master(t, site):
    """No orphan a second after; serving again in under one, with warm packs."""
    slack = 10 if faults.IS_SANITIZED else 1
    children = sites.children(site.captiond.process.pid)
    with faults.Load(site, seconds=min(SECONDS, 10)) as load:
        time.sleep(0.5)
        started = time.monotonic()
        site.captiond.process.kill()
        site.captiond.process.wait()
        sites.wait_for(lambda: not any(map(sites.command, children)),
                       "orphans end", 10)
        orphans_s = time.monotonic() - started
        started = time.monotonic()
        site.captiond.start()
        serving_s = time.monotonic() - started
    result = load.result
    faults.report(t, "master killed", result,
                  f"orphans gone {orphans_s * 1000:.0f} ms, "
                  f"serving again {serving_s * 1000:.0f} ms")
    t.ok(orphans_s < slack, "no orphan is left after a second", orphans_s)
    t.ok(serving_s < slack, "serving again in under a second", serving_s)
    t.ok(set(result["statuses"]) <= {"200", "503"} and
         not faults.failures(result),
         "meanwhile clients are told to come again", result["statuses"])
    t.equal(result["without_retry_after"], 0, "and when")


if __name__ == "__main__":
    tap.run(faults.Site(), test_calm, test_sigkill, test_sigsegv,
            test_sigstop, test_hup, test_packer, test_master)
