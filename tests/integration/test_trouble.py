#!/usr/bin/env python3
"""What goes wrong around the pool: folders that vanish, a full disk, a load
that does not end when the pool must."""

import contextlib
import email.utils
import os
import pathlib
import shutil
import signal
import socket
import tempfile
import threading
import time

import fastcgi
import pictures
import sites
import tap


def statuses(site):
    return [site.caption(template=name, top_text=str(time.monotonic())).status
            for name in ("plain", "sheer", "dot")]


def test_pack_folder_removed(t, site):
    """All that was in it is made anew, in whatever the path means then."""
    site.caption(template="plain")
    shutil.rmtree(site.folder / "packs")
    sites.wait_for((site.folder / "packs/plain.pack").exists, "a new pack")
    sites.wait_for(lambda: statuses(site) == [200] * 3, "all templates")
    site.put("late.png", pictures.plain(8, 8, (1, 2, 3)))
    sites.wait_for(lambda: "late" in site.captiond.names(), "late.png")
    t.equal(site.caption(template="late").status, 200,
            "and pictures dropped in go on being seen")


def test_index_cannot_be_written(t, site):
    """As on a full disk. A folder in the file's way refuses it for root too."""
    obstacle = site.folder / "packs/.index.json.tmp"
    obstacle.mkdir()
    before = site.captiond.log.read_text().count("index.json")
    site.put("kept-out.png", pictures.plain(8, 8, (1, 2, 3)))
    time.sleep(3)
    said = site.captiond.log.read_text().count("index.json") - before
    t.equal(said, 1, "it is said once")
    t.equal(statuses(site), [200] * 3, "what was there is served")
    obstacle.rmdir()
    sites.wait_for(lambda: "kept-out" in site.captiond.names(), "the index", 10)
    t.ok(True, "it is written once it can be")


def test_forgets_what_is_gone(t, site):
    """A pack that is mapped keeps its blocks on the disk."""
    def mapped():
        return sum("gone.pack" in pathlib.Path(f"/proc/{pid}/maps").read_text()
                   for pid in site.captiond.workers())
    site.put("gone.png", pictures.plain(8, 8, (1, 2, 3)))
    sites.wait_for(lambda: "gone" in site.captiond.names(), "gone.png")
    sites.wait_for(lambda: site.caption(
        template="gone", top_text=str(time.monotonic())).status == 200 and
        mapped() > 0, "somebody maps it")
    (site.templates / "gone.png").unlink()
    sites.wait_for(lambda: mapped() == 0, "the workers let go of it", 10)
    t.ok(True, "a template that is gone is unmapped")


def test_silent_damage(t, site):
    """A byte that changed on the disk alone: no event, no time tells of it. The
    worker that finds it answers with an error, and the packer hears of it."""
    site.put("silent.png", pictures.plain(8, 8, (1, 2, 3)))
    sites.wait_for(lambda: "silent" in site.captiond.names(), "silent.png")
    pack = site.folder / "packs/silent.pack"
    before = pack.stat()
    descriptor = os.open(pack, os.O_RDWR)
    end = os.pread(descriptor, 1, before.st_size - 1)
    os.pwrite(descriptor, bytes([end[0] ^ 1]), before.st_size - 1)
    os.utime(descriptor, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.close(descriptor)
    first = site.caption(template="silent", top_text="a").status
    t.equal(first, 500, "a damaged pack is not drawn on")
    sites.wait_for(lambda: site.caption(
        template="silent", top_text=str(time.monotonic())).status == 200,
        "its repair", 10)
    t.ok(pack.stat().st_ino != before.st_ino, "it is made anew")
    t.contains(site.captiond.log.read_text(), "a worker found 'silent.pack'",
               "and the log says so")


def test_last_modified(t, site):
    """A picture replaced by an older one is newer all the same, and nothing is
    older than what draws it."""
    def get(**headers):
        return site.get("/caption?template=aged", **headers)
    site.put("aged.png", pictures.plain(8, 8, (1, 2, 3)))
    sites.wait_for(lambda: "aged" in site.captiond.names(), "aged.png")
    first = get()
    time.sleep(1.1)     # the date's own step
    older = site.folder / "older.png"
    older.write_bytes(pictures.plain(8, 8, (9, 9, 9)))
    os.utime(older, (1e9, 1e9))
    older.rename(site.templates / "aged.png")
    sites.wait_for(lambda: get().body != first.body, "the older picture")
    since = first.headers["Last-Modified"]
    t.equal(get(if_modified_since=since).status, 200, "what is older is new")
    drawn = max(sites.CAPTIOND.stat().st_mtime,
                *(path.stat().st_mtime for path in
                  (site.folder / "fonts").iterdir()))
    modified = email.utils.parsedate_to_datetime(
        get().headers["Last-Modified"]).timestamp()
    t.ok(modified >= int(drawn), "nor older than fonts and program",
         (modified, drawn))


def test_own_memory(t, site):
    if "#define WITH_SANITIZERS 1" in (sites.BUILD / "config.h").read_text():
        t.skip("a sanitizer's own memory is without bound")
        return
    for pid in site.captiond.workers():
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        t.contains(limits, f"Max data size             {1 << 30}",
                   "a worker's own memory is bounded")


def test_stalled_request(t, site):
    """It ends by itself, before its worker would be killed for it."""
    workers = set(site.captiond.workers())
    for what, data in (("a header", b"\1\1\0"),
                       ("parameters", fastcgi.begin() + b"\1\4\0\1\0\40")):
        with fastcgi.connect(site.captiond.socket) as stalled:
            stalled.sendall(data)
            t.equal(stalled.recv(1), b"", f"{what}, then nothing: closed")
    t.equal(set(site.captiond.workers()), workers, "no worker died of it")


def test_unfit_successor(t, site):
    """A worker that cannot start leaves those alone that could."""
    fonts = site.folder / "fonts"
    workers = site.captiond.workers()
    fonts.rename(site.folder / "fonts-away")
    os.kill(workers[0], signal.SIGKILL)
    log = site.captiond.log
    sites.wait_for(lambda: log.read_text().count("status 78") > 1, "two tries")
    t.equal(site.captiond.workers()[:1], workers[1:], "the other worker stays")
    t.equal(statuses(site), [200] * 3, "and serves")
    (site.folder / "fonts-away").rename(fonts)
    sites.wait_for(lambda: len(site.captiond.workers()) == 2 and
                   log.read_text().count("status 78") < 20, "a successor")
    t.ok(True, "with its fonts back the pool is whole")


class Load:
    """Clients that ask without a pause: each has the next one's place taken
    before its own is free."""

    def __init__(self, path, clients=24):
        self.path = path
        self.statuses = []
        self.is_over = False
        self.threads = [threading.Thread(target=self.ask, args=(i,))
                        for i in range(clients)]

    def ask(self, client):
        count = 0
        while not self.is_over:
            count += 1
            try:
                status = fastcgi.ask(
                    self.path, f"/caption?template=plain&format=webp"
                    f"&top_text={client}x{count}", timeout=60).status
            except OSError as error:
                status = repr(error)
            self.statuses.append(status)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()


def test_term_under_load(t, folder):
    """On a socket that outlives the pool, as systemd's: the queue is never
    empty, the pool ends all the same, and its successor serves the rest."""
    captiond = sites.Captiond(folder, "--queue-timeout", "0")
    (captiond.templates / "plain.png").write_bytes(
        pictures.plain(1000, 800, (40, 90, 160)))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(captiond.socket))
        listener.listen(256)
        captiond.start(listen=False, stdin=listener)
        with Load(captiond.socket) as load:
            sites.wait_for(lambda: len(load.statuses) > 20, "some answers")
            started = time.monotonic()
            status = captiond.stop()
            took_s = time.monotonic() - started
            captiond.start(listen=False, stdin=listener)
            count = len(load.statuses)
            sites.wait_for(lambda: len(load.statuses) > count + 20, "more")
        captiond.stop()
    t.equal(status, 0, "TERM ends the pool")
    t.ok(took_s < 15, "though the queue is never empty", took_s)
    t.equal(set(load.statuses), {200}, "no request is lost")


def queue_up(captiond, connect):
    """A pool told to end while its only worker is held and others wait."""
    request = fastcgi.request("/fonts")
    with connect() as first:
        first.sendall(request)
        fastcgi.read_answer(first)
    worker = captiond.workers()[0]
    os.kill(worker, signal.SIGSTOP)
    waiting = []
    for i in range(20):
        waiting.append(connect())
        if i not in (3, 7):         # these two never say a word
            waiting[-1].sendall(request)
    captiond.process.terminate()
    time.sleep(0.2)
    os.kill(worker, signal.SIGCONT)
    got = [fastcgi.read_answer(one).status for one in waiting]
    for one in waiting:
        one.close()
    captiond.stop()
    return got


def test_queue_is_served(t, folder):
    """Who is in the queue when the pool must end; mute ones among them."""
    expected = [None if i in (3, 7) else 200 for i in range(20)]
    captiond = sites.Captiond(folder, "--workers", "1")

    def connect(family, address):
        def is_up():
            connection = socket.socket(family)
            connection.settimeout(sites.DEADLINE_S)
            with contextlib.suppress(OSError):
                connection.connect(address)
                return connection
            return connection.close()
        return sites.wait_for(is_up, "the pool listens")

    captiond.start()
    t.equal(queue_up(captiond, lambda: connect(
        socket.AF_UNIX, str(captiond.socket))), expected,
        "the queue of a unix socket")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    captiond.options += ("--listen", f"127.0.0.1:{address[1]}")
    captiond.start(listen=False)
    t.equal(queue_up(captiond, lambda: connect(socket.AF_INET, address)),
            expected, "the queue of a port")


def with_folder(test):
    def run(t, _):
        with tempfile.TemporaryDirectory(prefix="captiond-test-") as name:
            test(t, pathlib.Path(name))
    run.__name__ = test.__name__
    return run


class Site(sites.Site):
    """With fonts of its own, which can be taken away."""

    def __init__(self, *options):
        super().__init__("--request-timeout", "4", *options, cache=False)
        shutil.copytree(sites.FONTS / "site", self.folder / "fonts")
        self.captiond.options += ("--fonts", str(self.folder / "fonts"))


if __name__ == "__main__":
    tap.run(Site(), test_pack_folder_removed, test_index_cannot_be_written,
            test_forgets_what_is_gone, test_silent_damage, test_last_modified,
            test_own_memory, test_stalled_request, test_unfit_successor, with_folder(test_term_under_load),
            with_folder(test_queue_is_served))
