"""docker-compose.yml names only what exists: services, volumes, commands, settings, workers."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.main import main
from app.cli.serve import _role
from app.infra.lanes import CORE, WEBHOOKS
from app.infra.settings import NAMES, OTHER, load_settings
from app.infra.settings_providers import KEYS, PATHS
from tasks import names
from tests.unit.deployment.compose_file import ROOT, Missing, env_file, filled, load, own

EXAMPLE = env_file(ROOT / ".env.example")
COMPOSE = load(filled(EXAMPLE))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = own(SERVICES)
SERVING = {name: s for name, s in OURS.items() if s["command"][0] == "serve"}
NEEDED = {
    "api",
    "relay",
    "reconciler",
    "beat",
    "flower",
    "worker-core",
    "worker-webhooks",
    "migrate",
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a penstock.toml."""
    monkeypatch.chdir(tmp_path)


def settings_of(service: dict[str, Any]) -> Any:
    env = {k: str(v) for k, v in service["environment"].items()}
    return load_settings(env)


def options(service: dict[str, Any]) -> tuple[str, str | None, int | None, str]:
    """role, name, port and host of a `serve` command."""
    words = service["command"][1:]
    flags = {words[i]: words[i + 1] for i in range(len(words)) if words[i].startswith("--")}
    name = words[1] if len(words) > 1 and not words[1].startswith("--") else None
    port = int(flags["--port"]) if "--port" in flags else None
    return words[0], name, port, flags.get("--host", "127.0.0.1")


def test_every_service_of_a_deployment_is_there() -> None:
    assert set(SERVICES) >= NEEDED | {"postgres", "redis", "rabbitmq"}
    assert SERVICES["rabbitmq"]["image"].startswith("rabbitmq:4.")
    assert "management" in SERVICES["rabbitmq"]["image"]
    assert SERVICES["postgres"]["image"].startswith("postgres:18.")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_needs_only_what_exists_and_can_become_so(name: str) -> None:
    for other, need in SERVICES[name].get("depends_on", {}).items():
        assert other in SERVICES
        assert "profiles" not in SERVICES[other], "it would not be started"
        if need["condition"] == "service_healthy":
            assert SERVICES[other]["healthcheck"]["test"]
        else:
            assert need["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] != "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_bounded_and_pinned(name: str) -> None:
    service = SERVICES[name]
    tag = service["image"].rpartition(":")[2]
    assert re.match(r"\d+\.\d+", tag), f"{service['image']} floats"
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert service["logging"]["options"]["max-size"]
    assert service["restart"]
    assert service["healthcheck"].get("test") or name == "migrate"


@pytest.mark.parametrize("name", SERVICES)
def test_a_volume_is_named_or_a_file_of_the_repository(name: str) -> None:
    for volume in SERVICES[name].get("volumes", ()):
        source = volume.split(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).is_file()
            assert volume.endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]


def test_what_holds_data_holds_it_in_a_named_volume() -> None:
    used = {v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", ())}
    assert used >= set(COMPOSE["volumes"])
    for name in ("postgres", "redis", "rabbitmq"):
        assert any(f"{name}-data:" in v for v in SERVICES[name]["volumes"])


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    known = set(NAMES) | set(OTHER) | set(KEYS.values()) | {"FLOWER_BASIC_AUTH"}
    migrate = (ROOT / "app" / "cli" / "migrate.py").read_text("utf-8")
    for variable in OURS[name]["environment"]:
        assert variable in known or f'envvar="{variable}"' in migrate


@pytest.mark.parametrize("name", SERVING)
def test_a_command_starts_a_role_under_its_own_settings(name: str) -> None:
    role, lane, port, host = options(SERVING[name])
    made = _role(settings_of(SERVING[name]), role, lane, port, host)
    assert made.argv
    if port:
        assert any(str(port) in word for word in made.argv)


@pytest.mark.parametrize("name", OURS)
def test_a_command_has_help(name: str) -> None:
    result = CliRunner().invoke(main, [OURS[name]["command"][0], "--help"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("profile", ["simulator", *KEYS])
def test_every_queue_of_a_profile_has_a_worker(profile: str) -> None:
    key = {} if profile == "simulator" else {KEYS[profile]: "k"}
    services = load({**filled(EXAMPLE), **key})["services"]
    running = {n: s for n, s in own(services).items() if profile in s.get("profiles", [profile])}
    workers = {s["command"][2] for s in running.values() if s["command"][:2] == ["serve", "worker"]}
    providers = set(settings_of(services["relay"]).providers)
    assert workers == {CORE, WEBHOOKS} | providers
    served = {queue for lane in workers for queue in names.served_by(lane, sorted(providers))}
    assert served >= set(names.all_queues(sorted(providers)))


def test_every_provider_has_a_worker() -> None:
    lanes = {options(s)[1] for s in SERVING.values() if options(s)[0] == "worker"}
    assert lanes == {CORE, WEBHOOKS, *PATHS}


def test_the_roles_see_the_same_providers() -> None:
    seen = {
        tuple(settings_of(service).providers)
        for name, service in SERVING.items()
        if name != "simulator"
    }
    assert len(seen) == 1


def test_the_owner_s_database_url_is_known_to_the_migration_alone() -> None:
    knowing = {n for n, s in OURS.items() if "PENSTOCK_DATABASE_URL" in s["environment"]}
    assert knowing == {"migrate"}


@pytest.mark.parametrize("name", [n for n in EXAMPLE if n.endswith("PASSWORD")])
def test_a_password_must_be_given(name: str) -> None:
    assert EXAMPLE[name] == "", "the example has a real value"
    with pytest.raises(Missing, match=name):
        load({k: v for k, v in filled(EXAMPLE).items() if k != name})


def test_the_example_names_every_variable_and_no_other() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", text))
    assert used | {"COMPOSE_PROFILES"} == set(EXAMPLE)


def test_no_password_is_written_in_the_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    for line in text.splitlines():
        if re.search(r"PASS(WORD)?:|://\w*:\D|BASIC_AUTH:", line):
            assert "${" in line, line


def test_flower_asks_for_a_password_and_ports_stay_on_this_machine() -> None:
    assert SERVICES["flower"]["environment"]["FLOWER_BASIC_AUTH"] == "penstock:s3cret"
    for service in SERVICES.values():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")
            assert port.rpartition(":")[2].isdigit()


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_write_next_to_nothing(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert Path(service["build"]["dockerfile"]).name == "Dockerfile"
    assert (ROOT / service["build"]["dockerfile"]).is_file()
