"""Removes what a root's checkout under a closed home keeps outside of it. For `make clean`."""

import shutil

from app.cli.demo import FOLDER
from app.infra.settings import load_settings
from app.stack.system_user import elsewhere


def main() -> None:
    data = load_settings().data_dir
    for folder in (data, data / FOLDER):
        for name in ("postgres", "valkey"):
            shutil.rmtree(elsewhere(folder / name).parent, ignore_errors=True)


if __name__ == "__main__":
    main()
