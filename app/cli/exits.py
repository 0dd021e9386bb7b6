"""Exit codes of the `penstock` command, and the one place that turns failures into them."""

import contextlib
import errno
import functools
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

from app.client.penstock import (
    APIError,
    CannotReach,
    ClientError,
    Forbidden,
    JobNotSucceeded,
    ServerError,
    Unauthenticated,
    WaitTimeout,
)
from app.errors import PenstockError, Unavailable

OK = 0
JOB_FAILED = 1  # a job failed, was canceled or expired
USAGE = 2  # a wrong option or file, or a request that the API refuses
NO_ANSWER = 3  # the API cannot be reached, or cannot serve now
NOT_ALLOWED = 4  # the key is missing, wrong or lacks a scope
INTERRUPTED = 130  # Ctrl-C

EPILOG = """\b
Exit codes: 0 done, 1 a job failed, was canceled or expired (or something else went wrong),
2 usage or a refused request, 3 the API cannot be reached, 4 authentication, 130 Ctrl-C.
"""

P = ParamSpec("P")
R = TypeVar("R")


class NoCredentials(ClientError):
    """No API key was found anywhere."""


class NoStack(CannotReach):
    """No URL was given and no stack runs in the data folder."""


def code_of(error: Exception) -> int:
    """The exit code that stands for an exception."""
    if isinstance(error, Unauthenticated | Forbidden | NoCredentials):
        return NOT_ALLOWED
    if isinstance(error, CannotReach | ServerError | WaitTimeout | Unavailable):
        return NO_ANSWER
    return JOB_FAILED if isinstance(error, JobNotSucceeded) else USAGE


def explain(error: Exception, *, as_json: bool) -> str:
    """The failure in readable lines, or as the problem document."""
    if as_json:
        if isinstance(error, APIError):
            return json.dumps(error.problem)
        return json.dumps({"detail": str(error), "code": type(error).__name__})
    if isinstance(error, PenstockError):
        faults = getattr(error, "errors", ())
        return "\n".join([error.detail, *(f"  {f.pointer}: {f.detail}" for f in faults)])
    request = getattr(error, "request_id", None)
    lines = [str(error), f"  request id: {request}" if request else "", _next(error)]
    return "\n".join(line for line in lines if line)


def _next(error: Exception) -> str:
    """What to do about it, where that is not said already."""
    if isinstance(error, Unauthenticated):
        return "  give another by --key or PENSTOCK_API_KEY; `penstock keys create` makes one"
    if isinstance(error, CannotReach) and not isinstance(error, NoStack):
        return "  `penstock status` tells whether it is up; --url or PENSTOCK_URL name another"
    return ""


def of_the_machine(error: OSError) -> str:
    """What the system refused, where, and what to do about it."""
    said = error.strerror or str(error)
    where = f"{error.filename}: {said}" if error.filename else said
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}; make room there, or name another data folder by PENSTOCK_DATA_DIR"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{where}; run as who owns it, or name another data folder by PENSTOCK_DATA_DIR"
    if error.errno in (errno.EROFS, errno.EEXIST, errno.ENOTDIR):
        return f"{where}; name another data folder by PENSTOCK_DATA_DIR"
    return where


def of_our_own(error: Exception) -> str:
    """What nobody foresaw, and the file that keeps its traceback."""
    said = f"a fault in Penstock itself: {type(error).__name__}: {error}"
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="penstock-fault-", suffix=".txt")
        with os.fdopen(descriptor, "w") as file:
            traceback.print_exception(error, file=file)
        said += f"\n  please report it, with {name}"
    return said


def reporting(command: Callable[P, R]) -> Callable[P, R]:
    """Show the failures of our own trees as lines on stderr and exit with their code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (ClientError, PenstockError) as error:
            text = explain(error, as_json=bool(kwargs.get("as_json")))
            click.echo(text if kwargs.get("as_json") else f"Error: {text}", err=True)
            sys.exit(code_of(error))
        except KeyboardInterrupt:
            click.echo("Interrupted", err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(OK)
        except OSError as error:
            click.echo(f"Error: {of_the_machine(error)}", err=True)
            sys.exit(USAGE)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            click.echo(f"Error: {of_our_own(error)}", err=True)
            sys.exit(JOB_FAILED)

    return run
