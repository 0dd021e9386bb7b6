"""Puts uv into a folder on a Python that has neither venv nor pip: by the index's simple API.

    python3 ops/dev/fetch_uv.py FOLDER

The index is what PIP_INDEX_URL or UV_DEFAULT_INDEX names, else pip's configuration files. The
wheel is checked against the hash that the index gives for it.
"""

import configparser
import hashlib
import html.parser
import io
import os
import pathlib
import platform
import re
import stat
import sys
import urllib.parse
import urllib.request
import zipfile


class Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def index_url() -> str:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    for path in ("/etc/pip.conf", "~/.config/pip/pip.conf", "~/.pip/pip.conf"):
        config = configparser.ConfigParser()
        config.read(pathlib.Path(path).expanduser())
        if config.has_option("global", "index-url"):
            return config.get("global", "index-url")
    sys.exit("no package index is configured: install pip or python3-venv, or set PIP_INDEX_URL")


def main() -> None:
    base = index_url().rstrip("/") + "/uv/"
    with urllib.request.urlopen(base, timeout=60) as answer:
        links = Links()
        links.feed(answer.read().decode())
    wheels = [link for link in links.found if f"manylinux2014_{platform.machine()}.whl" in link]

    def version(link: str) -> list[int]:
        match = re.search(r"uv-([0-9.]+)-", link)
        return [int(part) for part in match[1].split(".")] if match else []

    url, _, wanted = urllib.parse.urljoin(base, max(wheels, key=version)).partition("#sha256=")
    with urllib.request.urlopen(url, timeout=120) as answer:
        data = answer.read()
    if wanted and hashlib.sha256(data).hexdigest() != wanted:
        sys.exit("the downloaded wheel has another hash than the index gives")
    target = pathlib.Path(sys.argv[1]) / "bin" / "uv"
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        name = next(n for n in wheel.namelist() if n.endswith("/scripts/uv"))
        target.write_bytes(wheel.read(name))
    target.chmod(target.stat().st_mode | stat.S_IXUSR)


if __name__ == "__main__":
    main()
