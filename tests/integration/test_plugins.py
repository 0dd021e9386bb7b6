"""A plugin around the calls of a real worker: it forbids, masks, fails and hangs; metrics count."""

import tomllib
import urllib.request
from pathlib import Path

from app.infra.settings import load_settings
from app.stack.process import free_port
from tests.support.deployment import Deployment

SAMPLE = Path(__file__).parents[2] / "ops/samples/word_guard"
HANGS = """
import threading
from providers.middleware.base import Middleware

class Hangs(Middleware):
    name = "hangs"
    def before(self, call, request):
        threading.Event().wait()

class Breaks(Middleware):
    name = "breaks"
    def after(self, call, completion):
        raise RuntimeError("bug")
"""
PLUGINS = """
[plugins.word_guard]
grant = ["prompt:read", "call:reject", "answer:read", "answer:write"]
required = true
[plugins.word_guard.settings]
words = ["bluebird", "robin"]
mask = "bird"
[plugins.hangs]
timeout_seconds = 0.1
[plugins.breaks]
"""


def install(folder: Path) -> None:
    """As an installer leaves them: modules, and metadata with entry points."""
    project = tomllib.loads((SAMPLE / "pyproject.toml").read_text())["project"]
    info = folder / "word_guard-1.0.0.dist-info"
    info.mkdir(parents=True)
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: guards\nVersion: 1.0.0\n")
    points = {**project["entry-points"]["penstock.middleware"]}
    points |= {"hangs": "others:Hangs", "breaks": "others:Breaks"}
    lines = ["[penstock.middleware]", *(f"{name} = {value}" for name, value in points.items())]
    info.joinpath("entry_points.txt").write_text("\n".join(lines))
    (folder / "word_guard.py").write_text((SAMPLE / "word_guard.py").read_text())
    (folder / "others.py").write_text(HANGS)


def test_plugins_in_a_worker(deployment: Deployment) -> None:
    install(deployment.folder / "plugins")
    metrics = free_port()
    deployment._write_providers(concurrency=8, max_in_flight=0)
    deployment.configure()  # the plugins are none of this process'
    config = Path(deployment.env["PENSTOCK_CONFIG"])
    config.write_text(config.read_text() + PLUGINS)
    deployment.env["PENSTOCK_WORKER_METRICS_PORT"] = str(metrics)
    deployment.start("relay", "reconciler", "worker-core")
    deployment.start("worker-openai", path=deployment.folder / "plugins")
    assert load_settings(deployment.env).middleware.order[:3] == ("word_guard", "hangs", "breaks")

    forbidden = deployment.submit("no", input={"document": "About Bluebird.\nNumber: 1\nTotal: 7"})
    passes = deployment.submit("yes")
    forbidden, passes = deployment.wait(forbidden, passes)
    assert (forbidden.status, passes.status) == ("failed", "succeeded")
    assert forbidden.error["code"] == "plugin_rejected"
    assert "must not leave the house" in forbidden.error["message"]
    assert deployment.calls().keys() == {"yes"}, "a forbidden prompt reached the provider"
    assert "plugin_failed" in deployment.logs("worker-openai")

    with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=10) as answer:
        shown = answer.read().decode()
    counted = 'penstock_provider_calls_total{model="gpt-5-mini",outcome="succeeded"'
    assert f'{counted},provider="openai"}} 1.0' in shown
    assert "penstock_provider_tokens_total" in shown
