"""Crash points for the chaos tests: off unless PENSTOCK_FAULT names one.

`PENSTOCK_FAULT="stage.committed=/folder/once"`: the first process to reach that point creates
the file and kills itself with SIGKILL; later ones pass.
"""

import os
import signal

POINTS = frozenset(
    {
        "submit.committed",  # after submit's commit, before the answer
        "relay.published",  # after the publish, before it is marked
        "claim.committed",  # after a stage was claimed
        "provider.answered",  # after the provider's answer, before its commit
        "stage.committed",  # after a stage's commit, before the next publish
        "delivery.marked",  # after deliveries were marked as dispatched, before the publish
        "delivery.posted",  # after the receiver's answer, before its commit
        "schedule.inserted",  # after a fire and its job were written, before their commit
        "schedule.fired",  # after that commit
        "join.decremented",  # between a join's last count and the chord's body
    }
)


def _parse(text: str) -> dict[str, str]:
    armed = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
    if unknown := set(armed) - POINTS:
        raise ValueError(f"PENSTOCK_FAULT names no crash point: {', '.join(sorted(unknown))}")
    return armed


_armed = _parse(os.environ.get("PENSTOCK_FAULT", ""))


def crash_point(name: str) -> None:
    """Die here, once, if this point is armed."""
    if name not in _armed:
        return
    try:
        os.close(os.open(_armed[name], os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
