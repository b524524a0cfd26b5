#!/usr/bin/env python3
"""The service files: systemd and logrotate take them, and what systemd thinks
of the service's exposure."""

import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] /
                       "integration"))

import sites  # noqa: E402
import tap  # noqa: E402

SYSTEMD = sites.SOURCE / "deploy/systemd"
EXPOSURE_MOST = 2.0     # systemd calls less than that safe


@contextlib.contextmanager
def units():
    """The units as installed, but for a program that is there."""
    with tempfile.TemporaryDirectory(prefix="captiond-test-") as name:
        folder = pathlib.Path(name)
        text = (SYSTEMD / "captiond.service.in").read_text()
        (folder / "captiond.service").write_text(
            text.replace("@sbindir@", str(sites.CAPTIOND.parent)))
        shutil.copy(SYSTEMD / "captiond.socket", folder)
        yield folder


def run(*command):
    return subprocess.run([str(part) for part in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=sites.DEADLINE_S)


def is_missing(t, program):
    if shutil.which(program):
        return False
    t.skip(f"no {program}")
    return True


def test_verify(t, folder):
    if is_missing(t, "systemd-analyze"):
        return
    files = [folder / "captiond.service", folder / "captiond.socket"]
    result = run("systemd-analyze", "verify", "--man=no", *files)
    t.equal((result.returncode, result.stdout), (0, ""),
            "systemd has nothing to say against the units")
    broken = folder / "captiond.service"
    broken.write_text(broken.read_text().replace("[Service]",
                                                 "[Service]\nRestarts=no"))
    result = run("systemd-analyze", "verify", "--man=no", *files)
    t.contains(result.stdout, "Restarts", "it would have")


def test_exposure(t, folder):
    if is_missing(t, "systemd-analyze"):
        return
    result = run("systemd-analyze", "security", "--offline=true",
                 "--no-pager", folder / "captiond.service")
    found = re.search(r"exposure level.*: (\d+\.\d+)", result.stdout)
    t.ok(found and float(found[1]) < EXPOSURE_MOST,
         f"the exposure is below {EXPOSURE_MOST}", result.stdout[-400:])
    print("#", found[0] if found else "none")


def test_same_socket(t, folder):
    """Where nginx's configuration looks for it."""
    unit = (folder / "captiond.socket").read_text()
    path = re.search(r"^ListenStream=(.*)$", unit, re.M)[1]
    nginx = (sites.SOURCE / "deploy/nginx/captiond.conf").read_text()
    t.contains(nginx, f"unix:{path}", "nginx asks at the unit's socket")


def test_sysusers(t, folder):
    if is_missing(t, "systemd-sysusers"):
        return
    root = folder / "root"
    (root / "etc").mkdir(parents=True)
    result = run("systemd-sysusers", f"--root={root}", "--dry-run",
                 SYSTEMD / "sysusers.d/captiond.conf")
    t.equal(result.returncode, 0, "systemd-sysusers takes the user")


def test_tmpfiles(t, folder):
    if is_missing(t, "systemd-tmpfiles"):
        return
    root = folder / "root"
    (root / "etc").mkdir(parents=True, exist_ok=True)
    (root / "etc/passwd").write_text("captiond:x:0:0::/:/bin/false\n")
    (root / "etc/group").write_text("captiond:x:0:\n")
    result = run("systemd-tmpfiles", f"--root={root}", "--create",
                 SYSTEMD / "tmpfiles.d/captiond.conf")
    t.equal(result.returncode, 0, "systemd-tmpfiles takes the folder")
    t.ok((root / "run/captiond").is_dir(), "it is made", result.stdout)


def test_logrotate(t, folder):
    program = shutil.which("logrotate") or shutil.which(
        "logrotate", path="/usr/sbin:/sbin")
    if not program:
        t.skip("no logrotate")
        return
    # As it is, but for a user that need not be on this machine.
    text = (SYSTEMD / "captiond.logrotate").read_text()
    logs = folder / "logs"
    logs.mkdir(mode=0o755)
    (logs / "access.log").write_text("a line\n")
    state = folder / "captiond.logrotate"
    state.write_text(text.replace("su captiond captiond", "")
                     .replace("/var/log/captiond", str(logs)))
    state.chmod(0o644)
    result = run(program, "--debug", "--state", folder / "state", state)
    t.equal(result.returncode, 0, "logrotate takes the file")
    t.ok("error" not in result.stdout, "without an error", result.stdout)
    t.contains(result.stdout, str(logs / "access.log"), "it sees the log")
    t.contains(text, "--signal=USR1", "the master is told to reopen it")


def receive(manager):
    try:
        return manager.recv(4096).decode()
    except socket.timeout:
        return ""


def wait_told(manager, what):
    """The messages up to one that has `what` in it."""
    told = []
    sites.wait_for(lambda: told.append(receive(manager)) or
                   any(what in text for text in told), f"{what}: {told}")
    return told


def test_notify(t, folder):
    """What systemd is told by a pool that starts, reloads and stops."""
    pool = folder / "pool"
    pool.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(pool / "notify"))
        manager.settimeout(1)
        captiond = sites.Captiond(pool)
        try:
            captiond.start(prefix=["env", f"NOTIFY_SOCKET={pool}/notify",
                                   "WATCHDOG_USEC=1000000"])
            told = wait_told(manager, "READY=1")
            t.ok("STATUS=" in told[-1], "READY=1 comes with a status", told)
            told = wait_told(manager, "WATCHDOG=1")
            t.ok(True, "the watchdog is fed")
            captiond.process.send_signal(sites.signal.SIGHUP)
            told = wait_told(manager, "RELOADING=1")
            t.contains(told[-1], "MONOTONIC_USEC=", "HUP is told")
            wait_told(manager, "READY=1")
            t.ok(True, "and its end")
            captiond.stop()
            told = wait_told(manager, "STOPPING=1")
            t.equal(told.count("STOPPING=1"), 1, "so is the end, once")
        finally:
            captiond.stop()


if __name__ == "__main__":
    tap.run(units(), test_exposure, test_same_socket, test_sysusers,
            test_tmpfiles, test_logrotate, test_notify, test_verify)
