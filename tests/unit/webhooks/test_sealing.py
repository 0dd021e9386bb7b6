"""Secrets at rest: opened by the key and the place that sealed them, and by no other."""

import pytest

from app.errors import ConfigError
from app.infra.sealing import Sealer

OLD, NEW = "the key of last year", "the key of this year"


def test_it_opens_what_it_sealed() -> None:
    sealer = Sealer(OLD)
    sealed = sealer.seal(b"secret", "tenant/whe_1")
    assert b"secret" not in sealed
    assert sealer.open(sealed, "tenant/whe_1") == b"secret"
    assert sealer.seal(b"secret", "tenant/whe_1") != sealed


def test_a_sealed_secret_moved_to_another_row_does_not_open() -> None:
    sealer = Sealer(OLD)
    with pytest.raises(ConfigError):
        sealer.open(sealer.seal(b"secret", "tenant/whe_1"), "other/whe_1")


def test_the_key_can_be_changed() -> None:
    sealed = Sealer(OLD).seal(b"secret", "x")
    assert Sealer(f"{NEW}, {OLD}").open(sealed, "x") == b"secret"
    with pytest.raises(ConfigError, match="secret_key"):
        Sealer(NEW).open(sealed, "x")


@pytest.mark.parametrize("keys", [None, "", " , ", "short"])
def test_without_a_usable_key_the_first_use_says_so(keys: str | None) -> None:
    sealer = Sealer(keys)
    with pytest.raises(ConfigError, match=r"(?i)secret_key"):
        sealer.seal(b"secret", "x")
