"""What stacks of tests keep outside of their folders when root runs them."""

import os
import shutil
from pathlib import Path

from app.stack.system_user import elsewhere


def remove_elsewhere(folder: Path) -> None:
    """The data of every stack that had its folder in this one, or was this one."""
    for inner, _, _ in os.walk(folder):
        away = elsewhere(Path(inner) / "postgres").parent
        if away.exists():
            shutil.rmtree(away, ignore_errors=True)
