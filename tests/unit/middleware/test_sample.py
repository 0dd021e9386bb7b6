"""The example plugin of ops/samples, found as an installed package is."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.plugins import command
from app.errors import ConfigError
from app.infra.plugins import load_plugins
from app.infra.settings import Settings, load_settings
from providers.middleware.base import CallContext, Rejected
from providers.middleware.chain import Chain
from providers.types import Completion, CompletionRequest, Finished, Message, TextDelta, Usage

SAMPLE = Path(__file__).parents[3] / "ops/samples/word_guard"
GRANT = 'grant = ["prompt:read", "call:reject", "answer:read", "answer:write"]\n'
WORDS = '[plugins.word_guard.settings]\nwords = ["bluebird"]\n'


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Laid out as an installer leaves it: the module, and metadata with the entry points."""
    project = tomllib.loads((SAMPLE / "pyproject.toml").read_text())["project"]
    info = tmp_path / f"penstock_word_guard-{project['version']}.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = [f"[{group}]" for group in project["entry-points"]]
    lines += [
        f"{n} = {v}" for points in project["entry-points"].values() for n, v in points.items()
    ]
    info.joinpath("entry_points.txt").write_text("\n".join(lines))
    (tmp_path / "word_guard.py").write_text((SAMPLE / "word_guard.py").read_text())
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("word_guard", None)


def settings(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "penstock.toml"
    path.write_text(text)
    return load_settings({"PENSTOCK_CONFIG": str(path)})


def chain(tmp_path: Path) -> Chain:
    loaded = load_plugins(settings(tmp_path, f"[plugins.word_guard]\n{GRANT}{WORDS}").middleware)
    return Chain(list(loaded.values()))


def request(text: str) -> CompletionRequest:
    return CompletionRequest(model="m", messages=(Message(role="user", content=text),))


def said(text: str) -> Completion:
    return Completion(text=text, model="m", finish="stop", usage=Usage())


def test_it_forbids_and_masks(installed: None, tmp_path: Path) -> None:
    order = chain(tmp_path)
    with order.enter(CallContext(provider="p", model="m")) as exchange:
        answer = exchange.complete(request("Hello"), lambda _: said("a Bluebird, bluebirds"))
    assert answer.text == "a ***, bluebirds"
    with order.enter(CallContext(provider="p", model="m")) as exchange, pytest.raises(Rejected):
        exchange.complete(request("About BLUEBIRD"), lambda _: said("never asked"))


@pytest.mark.parametrize("size", [1, 3, 40])
def test_it_masks_streams(installed: None, tmp_path: Path, size: int) -> None:
    text = "a Bluebird, bluebirds and bluebird"

    def send(_: Any) -> Any:
        for at in range(0, len(text), size):
            yield TextDelta(text=text[at : at + size])
        yield Finished(completion=said(text))

    with chain(tmp_path).enter(CallContext(provider="p", model="m")) as exchange:
        found = list(exchange.stream(request("Hello"), send))
    assert "".join(d.text for d in found if isinstance(d, TextDelta)) == "a ***, bluebirds and ***"
    assert found[-1] == Finished(completion=said("a ***, bluebirds and ***"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"[plugins.word_gard]\n{GRANT}", "did you mean word_guard"),
        (f"[plugins.word_guard]\n{WORDS}", "not granted: answer:read, answer:write, call:reject"),
        (f"[plugins.word_guard]\n{GRANT}", "settings.words is empty"),
        (f"[plugins.word_guard]\n{GRANT}{WORDS}colour = 1\n", "unexpected keyword"),
    ],
)
def test_one_that_cannot_be_loaded_says_why(
    installed: None, tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        load_plugins(settings(tmp_path, text).middleware)


def test_the_command_lists_it(
    installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(command, [], catch_exceptions=False).output
    assert "word_guard" in shown
    assert "off" in shown
    (tmp_path / "penstock.toml").write_text(f"[plugins.word_guard]\n{GRANT}{WORDS}")
    shown = CliRunner().invoke(command, [], catch_exceptions=False).output
    assert "answer:read, answer:write, call:reject, prompt:read" in shown
    assert shown.index("word_guard") < shown.index("cache")


STRANGE = """
import sys
from providers.middleware.base import Middleware

class Leaves(Middleware):
    name = "leaves"
    def __init__(self):
        sys.exit(3)

class Nameless(Middleware):
    pass

class Listed(Middleware):
    name = "listed"
    permissions = 7
"""


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("leaves", "plugins.leaves: SystemExit: 3"),
        ("nameless", "whose name is 'nameless'"),
        ("listed", "permissions are not a set of names"),
    ],
)
def test_a_strange_class_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    (tmp_path / "stranger.py").write_text(STRANGE)
    info = tmp_path / "stranger-1.0.0.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0.0\n")
    info.joinpath("entry_points.txt").write_text(
        f"[penstock.middleware]\n{name} = stranger:{name.capitalize()}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=says):
        load_plugins(settings(tmp_path, f"[plugins.{name}]\n").middleware)
    sys.modules.pop("stranger", None)
