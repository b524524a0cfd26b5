"""Who gives captiond its socket: spawn-fcgi, systemd, or itself over TCP."""

import contextlib
import grp
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

import fastcgi
import pictures
import sites
import tap

GREETING = "/caption?template=plain&top_text=hello"


@contextlib.contextmanager
def pool():
    """A captiond that is not started, with one template."""
    with tempfile.TemporaryDirectory(prefix="captiond-test-") as name:
        captiond = sites.Captiond(pathlib.Path(name))
        (captiond.templates / "plain.png").write_bytes(
            pictures.plain(64, 48, (40, 90, 160)))
        yield captiond


def serves(t, captiond, what):
    t.equal(captiond.ask(GREETING).status, 200, f"{what} serves")
    victim = captiond.workers()[0]
    os.kill(victim, signal.SIGKILL)
    sites.wait_for(lambda: len(captiond.workers()) == 2 and
                   victim not in captiond.workers(), "a successor")
    t.equal(captiond.ask(GREETING).status, 200,
            f"{what}: a worker that died is replaced")


def stops(t, captiond, what):
    children = sites.children(captiond.process.pid)
    t.equal(captiond.stop(), 0, f"{what}: TERM ends with 0")
    t.ok(not any(map(sites.command, children)), f"{what}: nobody is left")


def test_spawn_fcgi(t, captiond):
    if not shutil.which("spawn-fcgi"):
        t.skip("spawn-fcgi is not installed")
        return
    # -n: spawn-fcgi becomes captiond, which is then the master of its pool.
    captiond.start(prefix=["spawn-fcgi", "-n", "-s", str(captiond.socket),
                           "-M", "0600", "--"], listen=False)
    serves(t, captiond, "spawn-fcgi")
    stops(t, captiond, "spawn-fcgi")
    t.ok(captiond.socket.exists(), "spawn-fcgi's socket is not ours to take")
    captiond.socket.unlink()


def activate(captiond, *options):
    """Starts systemd-socket-activate, and captiond with the first request."""
    process = subprocess.Popen(
        [*sites.TIED, "systemd-socket-activate", *options, "-l", str(captiond.socket),
         *captiond.arguments(listen=False)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=open(captiond.log, "ab"))
    captiond.process = process
    sites.wait_for(captiond.socket.exists, "the socket")
    sites.wait_for(lambda: "plain" in captiond.names(), "the template")


def test_systemd(t, captiond):
    if not shutil.which("systemd-socket-activate"):
        t.skip("systemd-socket-activate is not installed")
        return
    for what, options in (("LISTEN_FDS", []), ("--inetd", ["--inetd"])):
        activate(captiond, *options)
        serves(t, captiond, what)
        stops(t, captiond, what)
        captiond.socket.unlink()


def test_tcp(t, captiond):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with open(captiond.log, "ab") as log:
        captiond.process = subprocess.Popen(
            [*sites.TIED, *captiond.arguments(listen=False), "--listen",
             f"127.0.0.1:{port}"], stderr=log)

    def ask():
        try:
            with socket.create_connection(("127.0.0.1", port), 30) as peer:
                peer.sendall(fastcgi.request(GREETING))
                return fastcgi.read_answer(peer)
        except ConnectionRefusedError:
            return None
    answer = sites.wait_for(
        lambda: (answer := ask()) and answer.status == 200 and answer,
        "a picture over TCP")
    t.equal(pictures.kind(answer.body), "png", "TCP serves")
    stops(t, captiond, "TCP")


def test_socket_mode(t, captiond):
    captiond.start()
    t.equal(captiond.socket.stat().st_mode & 0o777, 0o660,
            "its own socket is for user and group")
    stops(t, captiond, "its own socket")
    t.ok(not captiond.socket.exists(), "and goes with it")


def test_socket_owner(t, captiond):
    """Options for who may connect; a group that there is."""
    group = grp.getgrgid(max(os.getgroups() or [os.getgid()]))
    before = captiond.options
    captiond.options = (*before, "--listen-mode", "606", "--listen-group",
                        group.gr_name)
    captiond.start()
    st = captiond.socket.stat()
    t.equal((st.st_mode & 0o777, st.st_gid), (0o606, group.gr_gid),
            "its socket's mode and group are as set")
    stops(t, captiond, "a socket of somebody's")
    for option, value, expected in (("--listen-mode", "8", "octal"),
                                    ("--listen-mode", "1000", "octal"),
                                    ("--listen-mode", "-1", "octal"),
                                    ("--listen-owner", "no such", "user"),
                                    ("--listen-group", "no such", "group")):
        captiond.options = (*before, option, value)
        result = subprocess.run([*captiond.arguments(), "--check"],
                                capture_output=True, text=True,
                                timeout=sites.DEADLINE_S)
        t.ok(result.returncode == 64 and value in result.stderr and
             expected in result.stderr, f"{option} {value} is refused",
             result.stderr)
    captiond.options = before


if __name__ == "__main__":
    tap.run(pool(), test_spawn_fcgi, test_systemd, test_tcp,
            test_socket_mode, test_socket_owner)
