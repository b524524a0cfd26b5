"""USR2: another program takes over the sockets while clients ask; where it
can't, the old one stays."""

import ctypes
import os
import pathlib
import shutil
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))

import faults  # noqa: E402
import sites  # noqa: E402
import tap  # noqa: E402

GREETING = "/caption?template=plain&top_text=hello"
WORKERS = 2
PR_SET_CHILD_SUBREAPER = 36


class Adopted:
    """A process that its parent has left to us, in Popen's words."""

    def __init__(self, pid):
        self.pid = pid
        self.returncode = None

    def poll(self):
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:   # not ours yet
                return None
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout=sites.DEADLINE_S):
        return sites.wait_for(lambda: self.poll() is not None, "an end",
                              timeout) and self.returncode

    def send_signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


class Site(faults.Site):
    """Its programs are copies, which can be replaced."""

    def __init__(self):
        super().__init__("--workers", str(WORKERS),
                         "--admin", "unix:admin.sock")
        # Successors are ours once their parent has ended.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        self.admin = self.folder / "admin.sock"
        self.program = self.folder / "captiond"
        shutil.copy(sites.CAPTIOND, self.program)
        shutil.copy(sites.BUILD / "fcgi/captiond-packer", self.folder)
        whole = self.captiond.arguments()
        whole[0] = str(self.program)
        whole[whole.index("unix:admin.sock")] = f"unix:{self.admin}"
        self.captiond.arguments = lambda listen: whole

    def replace(self, text=None):
        """The program, by another file; the running one keeps its own."""
        beside = self.folder / "captiond.new"
        if text is None:
            shutil.copy(sites.CAPTIOND, beside)
        else:
            beside.write_text(text)
            beside.chmod(0o755)
        beside.replace(self.program)

    def log(self):
        return self.captiond.log.read_text()

    def master(self):
        return self.captiond.process.pid

    def upgrade(self):
        """Until the successor is alone. Returns the pids of both."""
        old = self.captiond.process
        taken = self.log().count("has taken over")
        old.send_signal(signal.SIGUSR2)
        sites.wait_for(lambda: self.log().count("has taken over") > taken,
                       "the successor")
        line = [line for line in self.log().splitlines()
                if "has taken over" in line][-1]
        new = int(line.split("process ")[1].split()[0])
        old.wait(sites.DEADLINE_S)
        self.captiond.process = Adopted(new)
        return old.pid, new


def packers(site):
    return [pid for pid in sites.children(site.master())
            if sites.command(pid) == "captiond-packer"]


def test_upgrade(t, site):
    children = sites.children(site.master())
    inode = site.captiond.socket.stat().st_ino
    site.replace()
    old, new = site.upgrade()
    t.ok(old != new, "another process is the master")
    t.ok(not any(map(sites.command, children)), "nobody is left of the old")
    t.equal(site.get(GREETING).status, 200, "the successor serves")
    t.equal(site.captiond.socket.stat().st_ino, inode, "on the same socket")
    t.ok(site.admin.exists(), "and has the other one, too")
    t.ok("(deleted)" not in os.readlink(f"/proc/{new}/exe"),
         "it is the file that is there now")
    sites.wait_for(lambda: len(packers(site)) == 1, "its packer")
    site.put("late.png", (site.templates / "plain.png").read_bytes())
    sites.wait_for(lambda: "late" in site.captiond.names(), "late.png")
    t.ok(True, "which works")
    (site.templates / "late.png").unlink()
    t.ok("another packer" not in site.log(), "two never fought")


def test_no_request_is_lost(t, site):
    expected = site.body_sums(faults.TARGETS)

    def act(load):
        for _ in range(3):
            site.upgrade()
        while load.is_on():
            time.sleep(0.1)
    result = faults.under(site, act)
    faults.check_unharmed(t, "USR2 three times", result, expected)


def stays(t, site, what):
    """The old one goes on, with a packer of its own."""
    before, workers = site.master(), set(site.captiond.workers())
    lines = site.log().count("this one goes on")
    site.captiond.process.send_signal(signal.SIGUSR2)
    sites.wait_for(lambda: site.log().count("this one goes on") > lines, what)
    t.equal((site.master(), set(site.captiond.workers())), (before, workers),
            f"{what}: the old one stays")
    t.equal(site.get(GREETING).status, 200, f"{what}: and serves")
    sites.wait_for(lambda: len(packers(site)) == 1, "a packer")


def test_failing_successor(t, site):
    site.replace("#!/bin/sh\nexit 1\n")
    stays(t, site, "a program that ends")
    site.replace("no program at all")
    stays(t, site, "a file that is none")
    site.program.unlink()
    stays(t, site, "no file")
    site.replace()
    site.upgrade()
    t.equal(site.get(GREETING).status, 200, "the next one takes over")


def test_hanging_successor(t, site):
    """It never serves; a HUP meanwhile is heard later, a TERM at once."""
    site.replace("#!/bin/sh\nexec sleep 300\n")
    site.captiond.process.send_signal(signal.SIGUSR2)
    sleeper = sites.wait_for(
        lambda: [pid for pid in sites.children(site.master())
                 if sites.command(pid) == "sleep"], "the successor")[0]
    t.equal(site.get(GREETING).status, 200, "meanwhile the old one serves")
    os.kill(sleeper, signal.SIGKILL)
    sites.wait_for(lambda: len(packers(site)) == 1, "the packer again")
    site.captiond.process.send_signal(signal.SIGUSR2)
    sites.wait_for(
        lambda: "sleep" in map(sites.command, sites.children(site.master())),
        "the second one")
    children = sites.children(site.master())
    t.equal(site.captiond.stop(), 0, "TERM ends the old one")
    t.ok(not any(map(sites.command, children)), "and the one that hangs")
    t.ok(not site.captiond.socket.exists(), "and the socket")
    site.replace()
    site.captiond.start()


def test_inherited_socket(t, site):
    """One that came with the start goes on to the successor."""
    if not shutil.which("spawn-fcgi"):
        t.skip("spawn-fcgi is not installed")
        return
    site.captiond.stop()
    arguments = site.captiond.arguments
    whole = arguments(True)
    at = whole.index("--listen")
    site.captiond.arguments = lambda listen: whole[:at] + whole[at + 2:]
    site.captiond.start(prefix=["spawn-fcgi", "-n", "-s",
                                str(site.captiond.socket), "-M", "0660", "--"])
    old, new = site.upgrade()
    t.ok(old != new, "with spawn-fcgi's socket, too, another takes over")
    t.equal(site.get(GREETING).status, 200, "and serves")
    site.captiond.stop()
    t.ok(site.captiond.socket.exists(), "the socket stays spawn-fcgi's")
    site.captiond.socket.unlink()
    site.captiond.arguments = arguments
    site.captiond.start()


def test_end(t, site):
    site.upgrade()
    children = sites.children(site.master())
    t.equal(site.captiond.stop(), 0, "TERM ends a successor with 0")
    t.ok(not any(map(sites.command, children)), "nobody is left")
    t.ok(not site.captiond.socket.exists() and not site.admin.exists(),
         "nor a socket")
    site.captiond.start()


if __name__ == "__main__":
    tap.run(Site(), test_upgrade, test_no_request_is_lost,
            test_failing_successor, test_hanging_successor,
            test_inherited_socket, test_end)
