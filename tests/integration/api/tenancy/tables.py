"""Every table that has a tenant_id, and a row for it."""

TABLES = (
    "api_keys",
    "deliveries",
    "delivery_attempts",
    "delivery_targets",
    "events",
    "idempotency_records",
    "jobs",
    "joins",
    "outbox",
    "schedule_fires",
    "schedules",
    "stages",
    "tenant_limits",
    "tenant_settings",
    "usage",
    "webhook_endpoints",
    "webhook_secrets",
)
INSERTS = {
    "api_keys": "(id, name, secret_sha256, scopes, tenant_id)"
    " VALUES ('k', 'n', decode(repeat('00', 32), 'hex'), '{}', %(tenant)s)",
    "jobs": "(id, pipeline, pipeline_version, priority, input, metadata, created_at, tenant_id)"
    " VALUES ('j', 'extract', 1, 'normal', '{}', '{}', now(), %(tenant)s)",
    "stages": "(id, job_id, name, position, lane, tenant_id)"
    " VALUES ('s', %(job)s, 'x', 99, 'core', %(tenant)s)",
    "joins": "(id, job_id, stage_id, policy, total, remaining, tenant_id)"
    " VALUES ('o', %(job)s, 's', 'any', 1, 1, %(tenant)s)",
    "outbox": "(job_id, stage_id, lane, priority, tenant_id)"
    " VALUES (%(job)s, (SELECT 's'), 'core', 1, %(tenant)s)",
    "events": "(id, job_id, sequence, type, data, tenant_id)"
    " VALUES ('e', %(job)s, 99, 'x', '{}', %(tenant)s)",
    "usage": "(id, job_id, stage_id, run, sequence, choice, provider, model, simulated, tenant_id)"
    " VALUES ('u', %(job)s, 's', 1, 1, 0, 'p', 'm', true, %(tenant)s)",
    "webhook_endpoints": "(id, url, event_types, secret, tenant_id)"
    " VALUES ('w', 'u', '{}', '', %(tenant)s)",
    "webhook_secrets": "(secret, tenant_id) VALUES ('', %(tenant)s)",
    "deliveries": "(id, url, target, type, payload, tenant_id)"
    " VALUES ('d', 'u', 't', 'x', '{}', %(tenant)s)",
    "delivery_attempts": "(id, delivery_id, number, latency_ms, tenant_id)"
    " VALUES ('a', %(delivery)s, 1, 1, %(tenant)s)",
    "delivery_targets": "(target, tenant_id) VALUES ('t', %(tenant)s)",
    "schedules": "(id, name, cron, job, tenant_id) VALUES ('s', 'n', 'c', '{}', %(tenant)s)",
    "schedule_fires": "(schedule_id, fire_at, trigger, status, tenant_id)"
    " VALUES (%(schedule)s, now(), 'manual', 'fired', %(tenant)s)",
    "tenant_settings": "(version, document, tenant_id) VALUES (1, '{}', %(tenant)s)",
    "tenant_limits": "(tenant_id) VALUES (%(tenant)s)",
    "idempotency_records": "(key, payload_sha256, job_id, answer, tenant_id)"
    " VALUES ('k', '', %(job)s, '', %(tenant)s)",
}
