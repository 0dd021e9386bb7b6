"""Pictures on the command line and in the Python client."""

import base64
from pathlib import Path
from typing import Any

import pytest

from app.client.pictures import picture
from tests.support.fake_api import FakeAPI, Reply, job
from tests.support.pictures import HEADS, image, png
from tests.unit.cli.test_jobs import JOB, files, penstock

__all__ = ["files"]  # a fixture


@pytest.fixture
def shots(files: Path) -> list[str]:
    (files / "a.png").write_bytes(png())
    (files / "b.jpg").write_bytes(HEADS["image/jpeg"])
    return [str(files / "a.png"), str(files / "b.jpg")]


SENT = [image(), image(HEADS["image/jpeg"], "image/jpeg")]


def run(api: FakeAPI, files: Path, *args: str) -> list[dict[str, Any]]:
    """What was sent."""
    api.on("POST /v1/jobs", Reply(job(), 202))
    api.on(JOB, Reply(job("succeeded", output={"n": 1})))
    api.on("GET /v1/jobs/job_1/results", Reply(raw=b""))
    given = ("--schema", str(files / "schema.json"), "--json")
    result = penstock(api, *args, *given)
    assert result.exit_code == 0, result.output
    return [request.body for request in api.to("POST /v1/jobs")]


def test_pictures_alone_are_one_job(api: FakeAPI, files: Path, shots: list[str]) -> None:
    (sent,) = run(api, files, "run", "extract", "--image", shots[0], "--image", shots[1])
    assert sent["input"]["images"] == SENT
    assert "document" not in sent["input"]
    assert sent["metadata"] == {"file": "a.png"}


def test_pictures_go_with_each_file(api: FakeAPI, files: Path, shots: list[str]) -> None:
    names = [str(files / "a.txt"), str(files / "b.txt")]
    sent = run(api, files, "run", "extract", *names, "--image", shots[0])
    assert [one["input"]["document"] for one in sent] == ["document a", "document b"]
    assert [one["input"]["images"] for one in sent] == [SENT[:1], SENT[:1]]


def test_a_batch_has_an_item_a_file_and_a_picture(
    api: FakeAPI, files: Path, shots: list[str]
) -> None:
    name = str(files / "a.txt")
    args = ("--image", shots[0], "--image", shots[1], "--batch")
    (sent,) = run(api, files, "run", "extract", name, *args)
    assert "images" not in sent["input"]
    assert sent["items"] == [
        {"id": name[-200:], "document": "document a"},
        {"id": shots[0][-200:], "images": SENT[:1]},
        {"id": shots[1][-200:], "images": SENT[1:]},
    ]


def test_a_job_that_is_handed_in(api: FakeAPI, files: Path, shots: list[str]) -> None:
    (sent,) = run(api, files, "jobs", "submit", "extract", "--image", shots[1])
    assert sent["input"]["images"] == SENT[1:]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((), "a FILE or an --image is wanted"),
        (("--image", "{}/a.txt"), "a.txt is neither PNG, JPEG, WebP nor GIF"),
        (("--image", "{}/gone.png"), "gone.png"),
    ],
)
def test_nothing_is_sent(api: FakeAPI, files: Path, args: tuple[str, ...], says: str) -> None:
    given = [text.replace("{}", str(files)) for text in args]
    result = penstock(api, "run", "extract", *given)
    assert (result.exit_code, api.requests) == (2, [])
    assert says in result.output


@pytest.mark.parametrize("media_type", HEADS)
def test_what_the_client_sends(media_type: str, tmp_path: Path) -> None:
    data = HEADS[media_type] + b"rest"
    (tmp_path / "x").write_bytes(data)
    sent = {"media_type": media_type, "data": base64.b64encode(data).decode()}
    assert picture(data) == picture(tmp_path / "x") == picture(str(tmp_path / "x")) == sent
    with pytest.raises(ValueError, match="neither PNG"):
        picture(b"BM")
