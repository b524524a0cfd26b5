"""Keys and signatures of caption, held against a real server's."""

import subprocess
import time

import client
import sites
import tap

KEY = "k3y-" + "abcdefghij0123456789"
SECRET = "s3cret-0123456789abcdef"


class Setting(sites.Site):
    """A server that draws for who has a key or a signature."""

    def __init__(self):
        super().__init__()
        self.key = self.private("key", KEY + "\n")
        self.secret = self.private("secret", SECRET + "\n")
        hashed = subprocess.run(
            [str(sites.CAPTIOND), "--hash-key"], input=KEY.encode(),
            stdout=subprocess.PIPE, check=True, timeout=sites.DEADLINE_S)
        keys = self.private("keys",
                            f"me {hashed.stdout.decode().strip()} render\n")
        self.captiond.options = (
            "--keys", str(keys), "--signing-secrets", str(self.secret),
            "--require-render", "either")

    def private(self, name, text):
        file = self.folder / name
        file.write_text(text)
        file.chmod(0o600)
        return file

    def run(self, *arguments):
        return client.run(self.folder / "cache", *arguments)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.nginx.port}"


def test_key(t, s):
    drawn = s.run("render", "--templates", s.templates, *client.FONTS,
                  "plain{a}").out
    t.equal(s.run("get", "plain{a}", "-s", s.url, "-k", s.key).out, drawn,
            "with the key it draws")
    client.failed(t, s.run("get", "plain{a}", "-s", s.url),
                  client.NO_PERMISSION, "401: ", "without, it does not")
    wrong = s.private("wrong", KEY.replace("k3y", "kee"))
    ended = s.run("get", "plain{a}", "-s", s.url, "-k", wrong)
    client.failed(t, ended, client.NO_PERMISSION, "40", "nor with another")
    t.ok("kee" not in ended.error, "which is not shown")
    long = s.run("get", "plain" + ("{" + "ж" * 250 + "}") * 8, "-s", s.url,
                 "-k", s.key)
    t.equal(long.status, 0, "a key goes with what is posted too")
    for path in s.folder.rglob("*.log"):
        t.ok(KEY not in path.read_text(), f"no key in {path.name}")


def test_signature(t, s):
    target = "/caption?template=plain&bottom_text=a"

    def sign(url, *options):
        ended = s.run("sign", "--secret-file", s.secret, url, *options)
        return ended.out.decode().strip()
    signed = sign(s.url + target)
    t.equal(s.get(signed.removeprefix(s.url)).status, 200,
            "what it signs is drawn")
    t.equal(s.get(target).status, 401, "unsigned, it is not")
    t.equal(s.get(sign(target).replace("=a", "=b")).status, 403,
            "nor is another text")
    t.equal(s.get(sign(target, "--expires", "1000")).status, 200,
            "before its end it is drawn")
    short = sign(target, "--expires", "1")
    time.sleep(2)
    t.equal(s.get(short).status, 403, "after, it is not")


if __name__ == "__main__":
    tap.run(Setting(), test_key, test_signature)
