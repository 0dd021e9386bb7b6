"""`penstock demo`: the whole stack in a folder of its own, a job a sample, then nothing left."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from app.cli.demo_progress import Row, follow_all
from app.cli.demo_receiver import ENDS, ENVIRONMENT, DemoReceiver, print_webhooks
from app.cli.demo_samples import Sample, read_samples, spread
from app.cli.demo_timeline import print_job, print_totals
from app.cli.exits import EPILOG, reporting
from app.cli.output import exit_code
from app.client.penstock import Job, Penstock
from app.errors import ConfigError
from app.infra.settings import Settings, load_settings
from app.stack.session import Stack
from app.stack.state import is_locked
from app.stack.system_user import service_folder, service_user

WEBHOOK_SECONDS = 30.0  # after the last job's end
FOLDER = "demo"  # inside the data folder; a running `up` keeps its own files beside it


@click.command(epilog=EPILOG)
@click.option("--keep", is_flag=True, help="Keep the demo's data folder.")
@click.option("--timeout", default=180.0, show_default=True, help="Seconds for all the jobs.")
@reporting
def command(keep: bool, timeout: float) -> None:
    """Start everything, extract data from the sample documents, show it, stop everything.

    Without a provider key in the environment the simulator answers, and the demo says so.
    It has a data folder of its own and does not touch a running stack.
    """
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 130)
    samples = read_samples()
    environ = _own_environ()
    settings = _own_settings(environ)
    with _stops_on_sigterm(), _fresh_folder(settings.data_dir, keep=keep):
        jobs, told = _play(console, Stack(settings, environ), samples, timeout)
    console.print("Stopped.")
    sys.exit(exit_code(jobs) or int(not told))


def _play(
    console: Console, stack: Stack, samples: list[Sample], timeout: float
) -> tuple[list[Job], bool]:
    """The ended jobs, and whether a webhook told of each."""
    began = time.monotonic()
    console.print("Starting Postgres, Valkey, the API, relay, reconciler, workers ...")
    with DemoReceiver() as receiver, stack:
        console.print(f"Ready in {time.monotonic() - began:.1f} s: {stack.api_url}\n")
        models = cycle(_models(stack.simulator_url))
        with Penstock(stack.api_url, stack.api_key) as api:
            receiver.secret = api.webhooks.create(receiver.url, event_types=ENDS)["secret"]
            began = time.monotonic()
            rows = [_submit(api, sample, next(models)) for sample in samples]
            follow_all(console, api, rows, timeout=timeout)
            took = time.monotonic() - began
            jobs = [api.get(row.job.id) for row in rows]
        console.print()
        for row, job in zip(rows, jobs, strict=True):
            print_job(console, row.title, job)
        print_totals(console, jobs, took)
        told = print_webhooks(console, receiver, jobs, WEBHOOK_SECONDS)
    return jobs, told


def _submit(api: Penstock, sample: Sample, model: str) -> Row:
    given = {
        "prompt": sample.prompt,
        "document": sample.document,
        "schema": sample.schema,
        "model": model,
    }
    job = api.submit("extract", given, metadata={"sample": sample.name})
    return Row(title=sample.title, model=model, job=job)


def _models(simulator_url: str | None) -> list[str]:
    env = dict(os.environ)
    if simulator_url:
        env["PENSTOCK_SIMULATOR_URL"] = simulator_url
    models = spread(load_settings(env).providers)
    if not models:
        raise ConfigError("no provider is configured and the simulator is off")
    return models


def _own_environ() -> dict[str, str]:
    """The environment without other servers: the demo writes into no database but its own.

    Its stack, and no other, may deliver webhooks to this machine.
    """
    others = (
        "PENSTOCK_DATABASE_",
        "PENSTOCK_REDIS_",
        "PENSTOCK_BROKER_",
        "PENSTOCK_API_PORT",
        "PENSTOCK_WEBHOOK",
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return kept | ENVIRONMENT


def _own_settings(environ: dict[str, str]) -> Settings:
    """Settings of the demo's folder. Raises ConfigError when the file names other servers."""
    folder = load_settings(environ).data_dir / FOLDER
    settings = load_settings({**environ, "PENSTOCK_DATA_DIR": str(folder)})
    if settings.database.url or settings.redis.url or settings.broker.url:
        raise ConfigError("the demo runs its own services; the settings file names others")
    return settings


@contextmanager
def _fresh_folder(path: Path, *, keep: bool) -> Iterator[None]:
    """An empty folder, gone afterwards. Raises ConfigError when another demo is at work in it."""
    if is_locked(path):
        raise ConfigError(f"a demo is running in {path} already")
    delete_folder(path)
    try:
        yield
    finally:
        if not keep:
            delete_folder(path)


def delete_folder(path: Path) -> None:
    """The folder, and Postgres's where root keeps it when ours lies under a closed home."""
    data = service_folder(path.resolve() / "postgres", service_user())
    if not data.is_relative_to(path.resolve()):
        shutil.rmtree(data.parent, ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _stops_on_sigterm() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does: through the stack's own stop."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
