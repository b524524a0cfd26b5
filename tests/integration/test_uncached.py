"""The cache's switch: off, each request is drawn and its conditions are
captiond's to judge."""

import pictures
import sites
import tap

GREETING = "/caption?template=plain&top_text=hello"


def test_off(t, site):
    for _ in range(2):
        response = site.get(GREETING)
        line = site.nginx.last_log(response.headers["X-Request-ID"])
        t.equal((response.status, line[9]), (200, "-"), "nothing is stored")
    t.equal(list((site.nginx.folder / "cache").rglob("?" * 32)), [],
            "no file is kept")


def test_head(t, site):
    response = site.request("HEAD", GREETING)
    t.equal((response.status, response.headers["Content-Type"],
             response.body), (200, "image/png", b""), "HEAD")
    t.ok(pictures.is_whole(site.get(GREETING).body), "GET after it")


def test_conditions(t, site):
    etag = site.get(GREETING).headers["ETag"]
    response = site.get(GREETING, if_none_match=etag)
    t.equal((response.status, response.body), (304, b""), "its ETag")
    response = site.get(GREETING, if_none_match='"x"')
    t.equal(response.status, 200, "another ETag")


if __name__ == "__main__":
    tap.run(sites.Site(cache=False), test_off, test_head, test_conditions)
