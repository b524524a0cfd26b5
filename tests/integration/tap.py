"""Test points in TAP, on standard output."""

import signal
import sys
import traceback


class Tap:
    def __init__(self):
        self.points = 0
        self.failed = 0

    def ok(self, passed, what, detail=None):
        """One point. detail is shown where it failed."""
        self.points += 1
        what = what.replace("#", "\\#").replace("\n", " ")
        if passed:
            print(f"ok {self.points} - {what}", flush=True)
            return True
        self.failed += 1
        print(f"not ok {self.points} - {what}", flush=True)
        for line in str(detail).splitlines()[:20] if detail is not None else ():
            print("#   " + line[:400], flush=True)
        return False

    def skip(self, why):
        self.points += 1
        print(f"ok {self.points} # SKIP {why}", flush=True)

    def equal(self, got, expected, what):
        return self.ok(got == expected, what,
                       f"got      {got!r:.300}\nexpected {expected!r:.300}")

    def contains(self, text, part, what):
        return self.ok(part in text, what, f"no {part!r} in {text!r:.300}")


def run(setting, *tests):
    """Runs each test(tap, thing) inside the context manager `setting`, which
    gives the thing. A test that raises has failed; the others go on."""
    tap = Tap()
    # Told to end, a test still stops what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with setting as thing:
            for test in tests:
                try:
                    test(tap, thing)
                except Exception:
                    tap.ok(False, f"{test.__name__} runs to its end",
                           traceback.format_exc())
    except Exception:
        tap.ok(False, "the servers start and stop", traceback.format_exc())
    print(f"1..{tap.points}", flush=True)
    sys.exit(1 if tap.failed else 0)
