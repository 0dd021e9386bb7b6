"""What a role does not use, it does not load: each megabyte counts once a process."""

import json
import subprocess
import sys

import pytest

ENV = {
    "PENSTOCK_BROKER_URL": "redis://127.0.0.1:1/1",
    "PENSTOCK_REDIS_URL": "redis://127.0.0.1:1/0",
    "PENSTOCK_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
}
VENDORS = {"openai", "anthropic", "google.genai", "boto3", "botocore", "httpx"}
FACES = {"flask", "flask_smorest", "gunicorn", "click_repl", "prompt_toolkit", "sqlalchemy"}
PRETTY = {"rich", "pygments", "arrow.locales", "rfc3987_syntax.syntax_helpers"}
CALLS = {"jsonschema", "marshmallow", "httpx2", "cryptography.hazmat", "app.services.extraction"}
HEAVY = VENDORS | FACES | PRETTY
CELERY = """
from tasks.celery_role import load
load({role!r})[1].loader.import_default_modules()
"""
ROLES = {
    "relay": ("import tasks.relay", HEAVY | CALLS | {"flower"}),
    "reconciler": ("import tasks.reconciler", HEAVY | CALLS | {"flower"}),
    "beat": (CELERY.format(role="beat"), HEAVY | CALLS | {"flower", "tornado", "psycopg"}),
    "flower": (CELERY.format(role="flower"), HEAVY | CALLS | {"psycopg"}),
    "worker": (CELERY.format(role="worker"), HEAVY | {"flower", "yaml", "cryptography.hazmat"}),
    "supervisor": ("import app.stack.supervisor", HEAVY | CALLS | {"celery", "psycopg", "redis"}),
    "simulator": ("import providers.simulator.__main__", HEAVY | {"celery", "psycopg", "redis"}),
    "api": ("import app.factory", VENDORS | PRETTY | {"celery", "sqlalchemy"}),
}


def loaded(code: str) -> set[str]:
    """The modules in a process of its own that has run `code`."""
    script = f"{code}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    argv = [sys.executable, "-c", script]
    path = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(argv, env=ENV | path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_loads_nothing_that_it_never_uses(role: str) -> None:
    code, unwanted = ROLES[role]
    found = loaded(code)
    assert len(found) > 100  # it did load something
    assert found & unwanted == set()


def test_a_worker_knows_every_task_and_beat_needs_none() -> None:
    assert "tasks.stages.complete" in loaded(CELERY.format(role="worker"))
    assert "tasks.catalogue" not in loaded(CELERY.format(role="beat"))
