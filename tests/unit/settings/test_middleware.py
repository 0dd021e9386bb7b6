from pathlib import Path

import pytest

from app.errors import ConfigError
from app.infra.settings import load_settings
from app.infra.settings_middleware import BUILT_IN


def read(tmp_path: Path, text: str) -> tuple[str, ...]:
    path = tmp_path / "penstock.toml"
    path.write_text(text)
    return load_settings({"PENSTOCK_CONFIG": str(path)}).middleware.order


def test_plugins_are_outermost_by_default(tmp_path: Path) -> None:
    assert read(tmp_path, "") == BUILT_IN
    assert read(tmp_path, "[plugins.mine]") == ("mine", *BUILT_IN)
    assert read(tmp_path, "[plugins.mine]\nenabled = false") == BUILT_IN


def test_the_order_is_the_operators(tmp_path: Path) -> None:
    order = '["cache", "retry", "logging", "metrics", "privacy", "mine", "limits"]'
    found = read(tmp_path, f"[middleware]\norder = {order}\n[plugins.mine]")
    assert found.index("mine") == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("middleware = 1", "unknown setting 'middleware'|must be a table"),
        ("[middleware]\nordr = []", "did you mean order"),
        ("[middleware]\norder = 'cache'", "order must be a list"),
        ("[middleware]\norder = ['cache']", "name each of cache, retry"),
        (f"[middleware]\norder = {[*BUILT_IN, 'cache']}", "once"),
        (f"[middleware]\norder = {[*BUILT_IN[1:], 'cach']}", "did you mean cache"),
        (f"[middleware]\norder = {[*BUILT_IN, 'mine']}", "'mine' is no middleware in force"),
        ("plugins = 3", "plugins must hold tables"),
        ("[plugins]\nmine = 3", "plugins must hold tables"),
        ("[plugins.cache]", "'cache' is built in"),
        ("[plugins.mine]\ngrant = ['all']", "grant must be a list of some of prompt:read"),
        ("[plugins.mine]\nrequired = 1", "required must be true or false"),
        ("[plugins.mine]\ntimeout_seconds = 0", "timeout_seconds must be a number up to 60"),
        ("[plugins.mine]\nsettings = 1", "settings must be a table"),
        ("[plugins.mine]\nwords = []", "unknown setting 'words'"),
    ],
)
def test_a_wrong_table(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read(tmp_path, text)
