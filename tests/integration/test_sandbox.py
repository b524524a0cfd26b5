#!/usr/bin/env python3
"""What the processes of a real pool have given up, and what goes on all the
same. What only root can show is skipped without."""

import contextlib
import os
import pathlib
import pwd
import signal
import subprocess
import tempfile

import pictures
import sites
import tap

USER = "nobody"
GREETING = "/caption?template=plain&top_text=hello"


def status(pid):
    """The fields of a process's status."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in
            (line.partition(":") for line in lines)}


def processes(captiond):
    """Those of the pool by name, the master left out."""
    found = {}
    for pid in sites.children(captiond.process.pid):
        found.setdefault(sites.command(pid), []).append(pid)
    return found


def whole_pool(captiond):
    def is_there():
        found = processes(captiond)
        return found if len(found.get("captiond-worker", [])) >= 2 and \
            found.get("captiond-packer") else None
    return sites.wait_for(is_there, "two workers and a packer")


@contextlib.contextmanager
def pool(*options):
    """Without nginx, in a folder that everybody may enter."""
    with tempfile.TemporaryDirectory(prefix="captiond-test-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        # Not where the other tests make it: by captiond itself.
        captiond = sites.Captiond(folder, "--packs", str(folder / "made"),
                                  "--verbose", *options)
        (captiond.templates / "plain.png").write_bytes(
            pictures.plain(320, 240, (40, 90, 160)))
        try:
            yield captiond
        finally:
            captiond.stop()


def test_given_up(t, _):
    with pool() as captiond:
        captiond.start()
        if not has(t, captiond, "seccomp"):
            return
        for name, pids in whole_pool(captiond).items():
            for pid in pids:
                fields = status(pid)
                t.equal((fields["Seccomp"], fields["NoNewPrivs"]), ("2", "1"),
                        f"{name} has a filter and gets no new rights")
                # What is not dumpable belongs to root.
                owner = os.stat(f"/proc/{pid}/environ").st_uid
                t.equal(owner, 0, f"nobody but root reads {name}'s memory")
                limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
                core = next(line for line in limits.splitlines()
                            if line.startswith("Max core"))
                t.equal(core.split()[4:6], ["0", "0"], f"{name} has no core")
        t.equal(captiond.ask(GREETING).status, 200, "and it serves")
        # LeakSanitizer traces the master.
        if not sanitized():
            master = status(captiond.process.pid)
            t.equal(master["NoNewPrivs"], "1", "the master gets no new rights")


def has(t, captiond, part):
    """Whether the sandbox has that part here; the log tells. Else skips."""
    log = captiond.log.read_text()
    if "built without" not in log and f"no {part}" not in log:
        return True
    t.skip(f"there is no {part} in this build or kernel")
    return False


def sanitized():
    config = (sites.BUILD / "config.h").read_text()
    return "#define WITH_SANITIZERS 1" in config


def test_strays(t, _):
    """What somebody left open is nobody's in the pool."""
    with pool() as captiond, open("/dev/null", "rb") as stray:
        at = 33
        os.dup2(stray.fileno(), at)
        try:
            captiond.start(pass_fds=[at])
        finally:
            os.close(at)
        pids = [pid for pids in whole_pool(captiond).values() for pid in pids]
        t.ok(not any(os.path.exists(f"/proc/{pid}/fd/{at}") for pid in
                     [captiond.process.pid, *pids]),
             "a descriptor left open by accident is closed")


def test_off(t, _):
    with pool("--sandbox", "off") as captiond:
        captiond.start()
        found = {status(pid)["Seccomp"] for pids in
                 whole_pool(captiond).values() for pid in pids}
        t.equal(found, {"0"}, "--sandbox off: there is no filter")
        t.contains(captiond.log.read_text(), "sandbox is off",
                   "the log tells so")


def is_nobody_else_possible(t):
    if os.geteuid() != 0:
        t.skip("only root can run it as somebody else")
        return True
    packer = f"{sites.BUILD}/fcgi/captiond-packer"
    if subprocess.run(["test", "-x", packer], user=USER,
                      check=False).returncode != 0:
        t.skip(f"{USER} cannot reach what was built")
        return True
    return False


def test_user(t, _):
    if is_nobody_else_possible(t):
        return
    uid = pwd.getpwnam(USER).pw_uid
    with pool("--user", USER, "--group", "daemon") as captiond:
        captiond.start()
        for name, pids in whole_pool(captiond).items():
            for pid in pids:
                fields = status(pid)
                t.equal(set(fields["Uid"].split()), {str(uid)},
                        f"{name} is {USER} in every way")
                t.equal((fields["CapEff"], fields["CapPrm"]),
                        ("0" * 16, "0" * 16), f"{name} may nothing special")
        t.equal(captiond.ask(GREETING).status, 200, "it serves")
        t.equal((captiond.folder / "made").stat().st_uid, uid,
                "the pack folder it made is the user's")
        t.equal(captiond.socket.stat().st_uid, uid, "the socket is the user's")
        t.equal(captiond.socket.stat().st_mode & 0o777, 0o660,
                "for it and its group")
        t.equal(captiond.stop(), 0, "it stops")
        t.ok(not captiond.socket.exists(), "its socket is gone with it")


def test_killed_master(t, _):
    """The kernel forgets who is to die with the master where it changes
    user."""
    if is_nobody_else_possible(t):
        return
    with pool("--user", USER) as captiond:
        captiond.start()
        pids = [pid for pids in whole_pool(captiond).values() for pid in pids]
        captiond.stop(signal.SIGKILL)
        sites.wait_for(lambda: not any(
            os.path.exists(f"/proc/{pid}") for pid in pids), "their end")
        t.ok(True, "nobody outlives a master that was root")


def test_root_is_told(t, _):
    if os.geteuid() != 0:
        t.skip("nobody is root here")
        return
    with pool() as captiond:
        captiond.start()
        t.contains(captiond.log.read_text(), "run as root",
                   "workers that are root are worth a warning")


def test_templates_moved(t, _):
    """Another folder takes the path: whoever is let into it starts anew."""
    with pool() as captiond:
        captiond.start()
        beside = captiond.folder / "beside"
        beside.mkdir()
        (beside / "other.png").write_bytes(pictures.plain(8, 8, (1, 2, 3)))
        captiond.templates.rename(captiond.folder / "away")
        beside.rename(captiond.templates)
        sites.wait_for(lambda: captiond.names() == {"other"}, "what is in it")
        t.ok(True, "a template folder that was replaced is followed")


def test_link_out(t, _):
    """A template may be a link to where it lies, also one made later."""
    with pool() as captiond:
        outside = captiond.folder / "outside"
        later = captiond.folder / "later"
        for folder in (outside, later):
            folder.mkdir()
            (folder / "far.png").write_bytes(pictures.plain(8, 8, (1, 2, 3)))
        (captiond.templates / "first.png").symlink_to(outside / "far.png")
        captiond.start()
        t.ok("first" in captiond.names(), "a link that was there is followed")
        (captiond.templates / "second.png").symlink_to(later / "far.png")
        sites.wait_for(lambda: "second" in captiond.names(), "the other one")
        if not has(t, captiond, "Landlock"):
            return
        t.contains(captiond.log.read_text(), "starts anew",
                   "a later one by another packer")
        (captiond.templates / "third.png").symlink_to(later / "far.png")
        sites.wait_for(lambda: "third" in captiond.names(), "the third")
        t.equal(captiond.log.read_text().count("starts anew"), 1,
                "which is let in there")


def test_packs_moved(t, _):
    with pool() as captiond:
        captiond.start()
        before = set(captiond.workers())
        # At once: the packer may be writing there.
        (captiond.folder / "made").rename(captiond.folder / "moved")
        sites.wait_for(lambda: not before & set(captiond.workers()),
                       "other workers")
        sites.wait_for(lambda: captiond.ask(GREETING).status == 200,
                       "a caption")
        t.ok(True, "workers follow the packer into a new pack folder")


if __name__ == "__main__":
    tap.run(contextlib.nullcontext(), test_given_up, test_strays, test_off, test_user,
            test_killed_master, test_root_is_told, test_templates_moved,
            test_link_out, test_packs_moved)
