"""The sections of the settings, and their defaults."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    url: str | None = None  # the owner's; None: the embedded one
    app_url: str | None = None  # penstock_app's; None: `url`, entering the role
    system_url: str | None = None  # penstock_system's
    pool_size: int = 8  # connections in one process


@dataclass(frozen=True, kw_only=True)
class RedisSettings:
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class CacheSettings:
    ttl_seconds: int = 3600  # that an answer is kept for the same question; 0: none is
    semantic: bool = False  # also for a question that is nearly the same; can be wrong
    embedding_model: str | None = None  # provider/model that compares; its calls are paid
    threshold: float = 0.97  # cosine from which two texts count as the same
    semantic_entries: int = 200  # kept for one prompt, schema and model of a tenant


@dataclass(frozen=True, kw_only=True)
class PrivacySettings:
    presidio: bool = False  # jobs may have names and places taken out too; a language model's find
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class BrokerSettings:
    url: str | None = None  # amqp:// or redis://


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    host: str = "127.0.0.1"
    port: int = 0  # 0: a free one
    threads: int = 64
    max_body_bytes: int = 16 * 1024 * 1024
    max_json_depth: int = 128  # a schema may have 100, and lies within a job
    max_metadata_bytes: int = 16_384
    max_streams: int = 32  # event streams open at once in one process
    public_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class FlowerSettings:
    port: int = 0
    user: str = "penstock"
    password: str | None = None  # None: made for the embedded stack


@dataclass(frozen=True, kw_only=True)
class SimulatorSettings:
    mode: str = "auto"  # auto: when no provider key is set; on; off
    url: str | None = None
    port: int = 0


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    core_concurrency: int = 2
    metrics_port: int = 0  # a provider's worker serves /metrics there; 0: it does not
    lease_seconds: float = 30.0
    heartbeat_seconds: float = 5.0


@dataclass(frozen=True, kw_only=True)
class RelaySettings:
    batch_size: int = 200
    poll_seconds: float = 1.0
    lock_seconds: float = 10.0
    max_waiting_per_lane: int = 0  # messages at the broker; 0: what is taken in 0.15 s


@dataclass(frozen=True, kw_only=True)
class ReconcilerSettings:
    interval_seconds: float = 2.0
    redispatch_after_seconds: float = 15.0
    max_recoveries: int = 5
    join_grace_seconds: float = 5.0


@dataclass(frozen=True, kw_only=True)
class JobsSettings:
    max_items: int = 10_000
    max_attempts: int = 3
    default_model: str | None = None
    retention_days: int = 30
    idempotency_hours: int = 24


@dataclass(frozen=True, kw_only=True)
class SchedulesSettings:
    late_seconds: float = 60.0  # a moment fired later than this was missed: catch_up decides


@dataclass(frozen=True, kw_only=True)
class LimitsSettings:
    """Of a tenant that has no limits of its own; 0: no limit."""

    requests_per_minute: int = 60_000  # all keys together
    key_requests_per_minute: int = 30_000
    max_queued: int = 100_000  # jobs accepted and not begun
    max_in_flight: int = 0  # jobs begun and not ended


@dataclass(frozen=True, kw_only=True)
class LoggingSettings:
    level: str = "INFO"
    format: str = "json"  # json | console


@dataclass(frozen=True, kw_only=True)
class SecuritySettings:
    secret_key: str | None = None  # seals webhook secrets; several by commas: the first seals


@dataclass(frozen=True, kw_only=True)
class WebhookSettings:
    # Seconds before each attempt, counted from the failure before it.
    schedule: str = "0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400"
    jitter: float = 0.2  # a wait is longer by up to this share of it
    timeout_seconds: float = 15.0  # name, connect, handshake, request and answer together
    max_result_bytes: int = 262_144  # of a result that an endpoint asked to have in the event
    concurrency: int = 32  # attempts at once in one worker
    per_endpoint_concurrency: int = 8
    redispatch_after_seconds: float = 30.0  # a message not taken up is sent again
    disable_after_days: float = 5.0  # of failing without a success
    keep_days: float = 30.0  # ended deliveries
    max_endpoints: int = 50  # of one tenant
    rotation_hours: float = 24.0  # both secrets sign, unless the request says otherwise
    allow_cidrs: str | None = None  # ranges to deliver to though not public; for development
    allow_http: bool = False
