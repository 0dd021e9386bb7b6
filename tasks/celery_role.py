"""Celery's worker, beat or Flower, and nothing of the `celery` command's other subcommands.

    python -m tasks.celery_role worker --pool=threads ...

The `celery` command loads every subcommand and every plugin of it, Flower and a shell among
them, in each of its processes.
"""

import sys
from importlib import import_module

import click

from app.infra.unneeded import without

with without("pygments", "yaml"):  # for what `celery inspect` prints; our messages are JSON
    from celery import Celery
    from celery.bin.base import CLIContext

COMMANDS = {
    "worker": ("celery.bin.worker", "worker"),
    "beat": ("celery.bin.beat", "beat"),
    "flower": ("flower.command", "flower"),
}
TASKLESS = ("beat", "flower")  # one sends names, the other shows what the workers say


def load(role: str) -> tuple[click.Command, Celery]:
    """A role's command, and the app with the tasks that the role needs."""
    module, name = COMMANDS[role]
    command: click.Command = getattr(import_module(module), name)
    from tasks.celery_app import celery

    if role in TASKLESS:
        celery.conf.include = ()
    return command, celery


def main(argv: list[str]) -> None:
    """Run the role that the first argument names, with the rest as Celery's own options."""
    command, app = load(argv[0])
    context = CLIContext(app=app, no_color=False, workdir=None, quiet=True)
    group = click.Group("celery", commands={argv[0]: command})
    group.main(argv, obj=context, auto_envvar_prefix="CELERY")


if __name__ == "__main__":
    main(sys.argv[1:])
