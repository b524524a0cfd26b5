#!/usr/bin/env python3
"""More clients than the pool can serve: those who are served are served in
time, the others are told so at once."""

import time

import faults
from faults import SECONDS, sites, tap
import pictures

# Costly enough that the pool, and not nginx or the load, is what is short.
COSTLY = "/caption.webp?template=costly&top_text={n}"
CHEAP = "/caption.jpg?template=plain&top_text=hello"
# What a machine that does nothing else must give; a short run on a busy one
# shows only that nothing breaks.
IS_MEASURED = SECONDS >= 20 and not faults.IS_SANITIZED
QUEUE_BUDGET_S = 2


def goodput(result, seconds=min(SECONDS, 20)):
    """Good answers a second, while requests were sent."""
    return sum(ok for ok, *_ in result["timeline"][:round(seconds * 10)]) / \
        seconds


def only(result, *statuses):
    return set(result["statuses"]) <= set(statuses) and \
        not faults.failures(result)


def test_idle_clients(t, site):
    """Who only keeps a connection costs the others nothing."""
    connections, idle = (200, 10000) if IS_MEASURED else (50, 400)
    seconds = min(SECONDS, 20)

    def ask(**more):
        with faults.Load(site, CHEAP, connections=connections,
                         seconds=seconds, **more) as load:
            pass
        return load.result
    alone, among = ask(), ask(idle=idle)
    faults.report(t, f"{connections} alone", alone,
                  f"{goodput(alone):.0f}/s")
    faults.report(t, f"{connections} and {idle} idle", among,
                  f"{goodput(among):.0f}/s")
    t.ok(only(alone, "200") and only(among, "200"),
         "idle clients: everybody is served",
         (alone["statuses"], among["statuses"], faults.failures(among)))
    t.equal(among["idle"], idle, "idle clients: they keep their connections")
    if IS_MEASURED:
        t.ok(goodput(among) > 0.8 * goodput(alone),
             "idle clients: as many as without them",
             (goodput(alone), goodput(among)))


def test_overload(t, site):
    """Ten times what the pool can do, whether it answers or not."""
    seconds = min(SECONDS, 20)
    with faults.Load(site, COSTLY, connections=8, seconds=seconds) as peak:
        pass
    peak = peak.result
    rate = goodput(peak)
    # On a busy machine the peak may have been measured in a bad moment.
    calm_rate = rate / (2 if IS_MEASURED else 10)
    with faults.Load(site, COSTLY, connections=4000, seconds=seconds,
                     rate=max(10 * rate, 1000)) as load:
        time.sleep(seconds + 1)     # nothing more is sent since a second
        with faults.Load(site, COSTLY, connections=400, seconds=3,
                         rate=calm_rate) as after:
            pass
    result, after = load.result, after.result
    faults.report(t, "peak", peak, f"{rate:.0f}/s")
    faults.report(t, "ten times the peak", result,
                  f"{goodput(result):.0f}/s served, "
                  f"503 p99 {result['busy_ms'].get('p99')} ms")
    faults.report(t, "a second after", after,
                  f"{calm_rate:.0f}/s asked for")
    t.ok(only(peak, "200"), "peak: everybody is served", peak["statuses"])
    t.ok(only(result, "200", "503"), "overload: served, or told to come again",
         (result["statuses"], faults.failures(result)))
    t.ok(result["statuses"].get("503", 0) > 0, "overload: it was one")
    t.equal(result["without_retry_after"], 0, "overload: and told when")
    t.ok(only(after, "200"), "overload: a second later nobody is refused",
         after["statuses"])
    if IS_MEASURED:
        check_measured(t, peak, result, after)


def check_measured(t, peak, result, after):
    t.ok(goodput(result) > 0.9 * goodput(peak),
         "overload: nine tenths of the peak are served",
         (goodput(peak), goodput(result)))
    budget_ms = QUEUE_BUDGET_S * 1000 + peak["ok_ms"]["max"]
    t.ok(result["ok_ms"]["p99"] < budget_ms,
         "overload: who is served has not waited over the budget",
         result["ok_ms"])
    t.ok(result["busy_ms"]["p99"] < 50, "overload: the others know at once",
         result["busy_ms"])
    slowest = max(slowest for *_, slowest in after["timeline"][-10:])
    t.ok(slowest < 500, "overload: nor waits for long", after["timeline"])


class Site(faults.Site):
    def __enter__(self):
        (self.templates / "costly.png").write_bytes(pictures.png(
            400, 300, lambda x, y: (x * 7 & 255, y * 5 & 255,
                                    x * y & 255, 255)))
        return super().__enter__()


if __name__ == "__main__":
    tap.run(Site("--workers", "2"), test_idle_clients, test_overload)
