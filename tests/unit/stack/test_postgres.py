"""What a Postgres that cannot start says."""

from pathlib import Path

from app.stack.postgres import _reason


def test_a_full_disk_is_named_and_what_to_do(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_text(
        "creating directory ... ok\n"
        "FATAL:  could not extend file: No space left on device\nPANIC:  cannot abort\nAborted\n"
    )
    first, advice, more = _reason(log).splitlines()
    assert first == "FATAL:  could not extend file: No space left on device"
    assert "PENSTOCK_DATA_DIR" in advice
    assert str(log) in more


def test_a_log_without_errors_gives_its_last_line(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    assert _reason(log).startswith("it said nothing")
    log.write_text("a\nb\n")
    assert _reason(log).startswith("b\n")
