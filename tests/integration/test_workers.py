"""How a worker's life ends: of a request, of a signal, of standing still, of
its count or its growth; and how many there are."""

import os
import pathlib
import resource
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))

import faults  # noqa: E402
import sites  # noqa: E402
import tap  # noqa: E402

GREETING = "/caption?template=plain&top_text=hello"
SLOW = "/caption.gif?template=plain&width=1024&top_text=hello"


class Site(faults.Site):
    """Its options are in a file, so that HUP brings others."""

    def __init__(self):
        super().__init__("--workers", "2")
        self.options = self.folder / "captiond.conf"
        whole = self.captiond.arguments()
        at = whole.index("--workers")
        del whole[at:at + 2]
        self.captiond.arguments = \
            lambda listen: whole + ["--config", str(self.options)]
        self.write()

    def write(self, workers=2, **options):
        self.options.write_text(
            # However late a busy machine is: here nobody is refused for it.
            f"[captiond]\nworkers={workers}\nmax-growth=0\n"
            "queue-timeout=60\n" +
            "".join(f"{name.replace('_', '-')}={value}\n"
                    for name, value in options.items()))

    def configure(self, workers=2, **options):
        """The same, and waits until fresh workers serve with it."""
        self.write(workers, **options)
        before = self.workers()
        self.captiond.process.send_signal(signal.SIGHUP)
        sites.wait_for(lambda: self.workers() and
                       not before & self.workers(), "fresh workers")

    def workers(self):
        return set(self.captiond.workers())

    def settle(self, count=2):
        """Until there are so many, none of them about to leave."""
        def is_settled():
            before = self.workers()
            time.sleep(0.3)
            return len(before) == count and self.workers() == before and before
        return sites.wait_for(is_settled, f"{count} workers")

    def log(self):
        return self.captiond.log.read_text()


def replaced(t, site, victim, what, said):
    sites.wait_for(lambda: victim not in site.workers() and
                   len(site.workers()) == 2, "a successor")
    t.contains(site.log(), said, f"{what}: the log says so")
    t.equal(site.get(GREETING).status, 200, f"{what}: the pool goes on")


def test_stopped(t, site):
    victim = min(site.settle())
    os.kill(victim, signal.SIGSTOP)
    replaced(t, site, victim, "a stopped worker",
             f"worker {victim} was stopped")
    victim = min(site.settle())
    os.kill(victim, signal.SIGSTOP)
    os.kill(victim, signal.SIGCONT)
    time.sleep(1.5)
    t.ok(victim in site.workers(), "one that goes on stays")


def test_standing_still(t, site):
    victim = min(site.settle())
    if not sites.freeze(victim):
        t.skip("no process may look into another here")
        return
    replaced(t, site, victim, "an idle worker that stands still",
             f"worker {victim} stands still")
    sites.bury(victim)


def spend(pid):
    """The kernel ends the process as soon as it works again."""
    resource.prlimit(pid, resource.RLIMIT_CPU, (0, 100))


def kill_by_request(site):
    """A target that two workers died of. The kernel may also end them while
    they are idle: then with another."""
    for target in (f"{SLOW}{i}" for i in range(10)):
        died = site.log().count("a request has killed 2 workers")
        for pid in site.settle():
            spend(pid)
        answer = site.get(target)
        sites.wait_for(lambda: "killed by signal 24" in site.log(), "deaths")
        if site.log().count("a request has killed 2 workers") > died:
            return target, answer
    raise RuntimeError("no request kills")


def test_killer(t, site):
    """A request that kills: nginx asks twice, and nobody is killed again."""
    target, answer = kill_by_request(site)
    t.equal((answer.status, answer.headers.get("Retry-After") is not None),
            (503, True), "who kills two workers is told to come again")
    before = site.settle()
    answer = site.get(target)
    t.equal(answer.status, 500, "then it is refused")
    t.ok("killed" not in answer.error(), "without a word on why",
         answer.error())
    t.equal(site.get(target + "!").status, 200, "another one is served")
    t.equal(site.workers(), before, "and nobody else dies")


def test_shot(t, site):
    """The same signals from outside say nothing of a request."""
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL):
        victims = site.settle()
        result = faults.under(
            site, lambda load: (time.sleep(0.3), [
                os.kill(pid, number) for pid in victims]),
            targets=[GREETING], seconds=1)
        t.equal(faults.errors(result), 0,
                f"{number.name} from outside costs nobody an error")
    t.contains(site.log(), f"by process {os.getpid()}", "the log tells whose")
    t.equal(site.get(GREETING).status, 200, "no request is blamed")


def under_until(site, is_enough, target):
    """Load until something has happened; how many errors clients saw."""
    errors = 0
    for _ in range(10):
        errors += faults.errors(
            faults.under(site, targets=[target], seconds=2))
        if is_enough():
            break
    return errors


def test_count(t, site):
    site.configure(max_requests=50)
    before = site.settle()
    t.equal(under_until(site, lambda: not before & site.workers(), GREETING),
            0, "workers retire, and nobody sees it")
    t.ok(not before & site.workers(), "they are replaced")
    t.ok(len(site.workers()) <= 4, "one for one", site.workers())


def test_growth(t, site):
    """Each text is a new one, so that caches grow."""
    site.configure(max_growth=1, font_cache=1000)
    before = site.settle()
    t.equal(under_until(site, lambda: not before & site.workers(),
                        "/caption?template=plain&width=1024&top_text=a{n}"),
            0, "workers that grew retire, and nobody sees it")
    t.ok(not before & site.workers(), "they are replaced", site.workers())


def test_scale(t, site):
    site.configure("1")
    site.configure("1-2")
    site.settle(1)
    t.equal(under_until(site, lambda: len(site.workers()) == 2, SLOW), 0,
            "a growing pool loses nobody")
    t.equal(len(site.workers()), 2, "it grows under load")
    sites.wait_for(lambda: len(site.workers()) == 1, "the least")
    t.equal(site.get(GREETING).status, 200, "it shrinks when idle, and serves")
    site.configure()


def test_massacre(t, site):
    """Whatever kills them, the machine is not spent on forking."""
    site.settle()
    before = site.log().count("was killed by signal 9")
    until = time.monotonic() + 2
    while time.monotonic() < until:
        for pid in site.workers():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    deaths = site.log().count("was killed by signal 9") - before
    t.ok(deaths < 24 + 2 * 20, "at most so many are replaced", deaths)
    site.settle()
    t.equal(site.get(GREETING).status, 200, "afterwards the pool serves")


if __name__ == "__main__":
    tap.run(Site(), test_stopped, test_standing_still, test_killer, test_shot,
            test_count, test_growth, test_scale, test_massacre)
