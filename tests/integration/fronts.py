"""Other HTTP servers in front of captiond, each with the configuration in
deploy/, its two site values filled in."""

import os
import pathlib
import shutil
import socket
import subprocess

import sites

SOCKET = "/run/captiond/captiond.sock"
ADDRESS = "127.0.0.1:8080"
TRIES = 5       # for a port that nobody has taken meanwhile


class Front:
    """One server. A class below says how it is started, and of which cases the
    answer is the server's own and not captiond's."""
    program = example = ""
    own = ()

    def __init__(self, folder, backend):
        self.folder = folder / self.program
        self.backend = backend
        self.process = None
        self.port = 0

    @classmethod
    def path(cls):
        return shutil.which(cls.program, path=os.environ.get("PATH", "") +
                            ":/usr/sbin:/sbin")

    def configure(self):
        """The shipped example, for this socket and port; its path."""
        text = (sites.SOURCE / "deploy" / self.example).read_text()
        for old, new in self.values():
            assert old in text, old
            text = text.replace(old, new)
        path = self.folder / pathlib.Path(self.example).name
        path.write_text(text)
        return path

    def values(self):
        return ((SOCKET, str(self.backend)),
                (ADDRESS, f"127.0.0.1:{self.port}"))

    def is_up(self):
        if self.process.poll() is not None:
            return True
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def start(self):
        self.folder.mkdir()
        log = self.folder / "log"
        for _ in range(TRIES):
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
            arguments = self.arguments(self.configure())
            with open(log, "ab") as out:
                self.process = subprocess.Popen(
                    [*sites.TIED, self.path(), *arguments],
                    stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                    cwd=self.folder, env={**os.environ,
                                          "XDG_CONFIG_HOME": str(self.folder),
                                          "XDG_DATA_HOME": str(self.folder)})
            sites.wait_for(self.is_up, self.program)
            if self.process.poll() is None:
                return
        raise RuntimeError(log.read_text())

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            sites.end(self.process)
        self.process = None


class Lighttpd(Front):
    program, example = "lighttpd", "lighttpd/captiond.conf"

    def values(self):
        return ((SOCKET, str(self.backend)),)

    def arguments(self, path):
        main = self.folder / "main.conf"
        main.write_text(
            f'server.bind = "127.0.0.1"\nserver.port = {self.port}\n'
            f'server.document-root = "{self.folder}"\n'
            f'server.upload-dirs = ( "{self.folder}" )\n'
            f'include "{path}"\n')
        return ["-D", "-f", str(main)]


class Apache(Front):
    program, example = "apache2", "apache/captiond.conf"
    own = ("a long query",)
    modules = ("mpm_event", "authz_core", "env", "headers", "proxy",
               "proxy_fcgi")

    def arguments(self, path):
        main = self.folder / "main.conf"
        main.write_text("".join(
            f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
            for name in self.modules) +
            f"ServerRoot {self.folder}\nServerName captiond.test\n"
            f"Listen 127.0.0.1:{self.port}\nPidFile {self.folder}/pid\n"
            f"DefaultRuntimeDir {self.folder}\nErrorLog {self.folder}/error\n"
            f"Include {path}\n")
        return ["-D", "FOREGROUND", "-f", str(main)]


class Caddy(Front):
    program, example = "caddy", "caddy/Caddyfile"

    def values(self):
        return ((SOCKET, str(self.backend)),
                ("http://:8080", f"http://:{self.port}"))

    def arguments(self, path):
        path.write_text("{\n\tadmin off\n\tauto_https off\n"
                        "}\n" + path.read_text())
        return ["run", "--config", str(path), "--adapter", "caddyfile"]


class H2o(Front):
    program, example = "h2o", "h2o/h2o.conf"

    def values(self):
        return ((SOCKET, str(self.backend)),
                ("port: 8080", f"port: {self.port}"))

    def arguments(self, path):
        if os.geteuid() == 0:   # else it becomes nobody, who has no access
            path.write_text(path.read_text() + "user: root\n")
        return ["-c", str(path)]


ALL = (Lighttpd, Apache, Caddy, H2o)
