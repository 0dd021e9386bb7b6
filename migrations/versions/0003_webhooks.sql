-- Webhooks: endpoints, what is to be delivered to them, each attempt at it, and how each target
-- fares. Deliveries are written by a trigger on `events`, so in the transaction that changed the
-- job's state, whoever changed it. Secrets are sealed by the application; no key is in here.

ALTER TABLE jobs ADD COLUMN webhook_url text CHECK (length(webhook_url) <= 2048);

CREATE TABLE webhook_endpoints (
    id              text PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    url             text NOT NULL CHECK (length(url) <= 2048),
    event_types     text[] NOT NULL,
    description     text NOT NULL DEFAULT '',
    metadata        json NOT NULL DEFAULT '{}',
    include_result  boolean NOT NULL DEFAULT false,
    enabled         boolean NOT NULL DEFAULT true,
    secret          bytea NOT NULL,
    previous_secret bytea,
    previous_until  timestamptz,         -- until then both secrets sign
    failing_since   timestamptz,         -- NULL: the last attempt was good
    disabled_at     timestamptz,         -- by us; NULL when its owner did it
    disabled_reason text CHECK (disabled_reason IN ('gone', 'failing')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
    CHECK (disabled_at IS NULL OR NOT enabled),
    UNIQUE (tenant_id, id)
);

-- Signs what goes to a job's own webhook_url.
CREATE TABLE webhook_secrets (
    tenant_id       uuid PRIMARY KEY REFERENCES tenants (id),
    secret          bytea NOT NULL,
    previous_secret bytea,
    previous_until  timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now()
);

-- pending -> dispatched (a message is out) -> delivering (a worker holds the lease)
--   -> succeeded | failed (no attempt is left) | canceled (the endpoint was disabled)
--   -> pending again, for the next attempt
CREATE TABLE deliveries (
    id            text PRIMARY KEY,      -- the webhook-id: the same in every attempt
    tenant_id     uuid NOT NULL REFERENCES tenants (id),
    endpoint_id   text,                  -- NULL: to the job's own URL
    url           text,                  -- that URL
    target        text NOT NULL,         -- whose attempts share a limit: endpoint or origin
    event_id      text,
    job_id        text,
    type          text NOT NULL,
    payload       text NOT NULL,
    status        text NOT NULL DEFAULT 'pending' CHECK (status IN
        ('pending', 'dispatched', 'delivering', 'succeeded', 'failed', 'canceled')),
    slot          smallint NOT NULL DEFAULT 0,   -- which wait of the schedule comes next
    attempts      integer NOT NULL DEFAULT 0,
    recoveries    integer NOT NULL DEFAULT 0,    -- workers that died holding it
    epoch         integer NOT NULL DEFAULT 0,
    available_at  timestamptz NOT NULL DEFAULT now(),
    dispatched_at timestamptz,
    lease_until   timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,
    CHECK ((endpoint_id IS NULL) <> (url IS NULL)),
    CHECK ((status = 'delivering') = (lease_until IS NOT NULL)),
    CHECK ((status IN ('succeeded', 'failed', 'canceled')) = (ended_at IS NOT NULL)),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints (tenant_id, id)
        ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
CREATE INDEX deliveries_waiting ON deliveries (tenant_id, target, available_at)
    WHERE status = 'pending';
CREATE INDEX deliveries_out ON deliveries (tenant_id, target)
    WHERE status IN ('dispatched', 'delivering');
CREATE INDEX deliveries_of_endpoint ON deliveries (tenant_id, endpoint_id, id);
CREATE INDEX deliveries_of_job ON deliveries (tenant_id, job_id);
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE delivery_attempts (
    id          text PRIMARY KEY,
    tenant_id   uuid NOT NULL,
    delivery_id text NOT NULL,
    number      integer NOT NULL,
    status_code integer,
    error       text,
    response    text,                    -- the first kilobyte
    latency_ms  integer NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, delivery_id, number),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES deliveries (tenant_id, id) ON DELETE CASCADE
);

-- How a target fares: what dispatch goes by. No row: nothing was sent to it yet.
CREATE TABLE delivery_targets (
    tenant_id  uuid NOT NULL REFERENCES tenants (id),
    target     text NOT NULL,
    proven     boolean NOT NULL DEFAULT false,   -- it has taken a delivery
    failures   integer NOT NULL DEFAULT 0,       -- in a row
    latency_ms integer NOT NULL DEFAULT 0,       -- a running mean
    wait_until timestamptz,                      -- after 429, 502, 504, and many failures
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, target)
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['webhook_endpoints', 'webhook_secrets', 'deliveries',
                             'delivery_attempts', 'delivery_targets'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant ON %I
            USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
            WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
            $p$, t);
    END LOOP;
END $$;

-- `dlv_` and 32 hexadecimal digits, the first twelve of them the time in milliseconds.
CREATE FUNCTION new_delivery_id() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT 'dlv_' || lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
        || right(translate(gen_random_uuid()::text, '-', ''), 20)
$$;

-- The body: under 20 kB whatever the job carries. Nothing is read out of the json columns
-- (`->>` fails on a \u0000 in them, and a job must be able to end); they are put in whole.
CREATE FUNCTION webhook_payload(type text, at timestamptz, job jobs, event_data json)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'type', type,
        'timestamp', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'data', json_build_object(
            'id', (job).id,
            'object', 'job',
            'status', CASE type WHEN 'job.progress' THEN (job).status ELSE substr(type, 5) END,
            'pipeline', (job).pipeline,
            'run', (job).run,
            'metadata', CASE WHEN octet_length((job).metadata::text) <= 16384
                             THEN (job).metadata END,
            'error', CASE WHEN type IN ('job.failed', 'job.canceled', 'job.expired')
                           AND octet_length((job).error::text) <= 2048 THEN (job).error END,
            'progress', CASE type WHEN 'job.progress' THEN event_data END,
            'url', '/v1/jobs/' || (job).id))::text
$$;

CREATE FUNCTION deliver_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Most tenants have no endpoint, and pay for one look at an index.
    IF NOT EXISTS (SELECT FROM webhook_endpoints e WHERE e.tenant_id = NEW.tenant_id)
       AND (NEW.type IN ('job.queued', 'job.running', 'job.progress') OR NOT EXISTS (
            SELECT FROM jobs o WHERE o.tenant_id = NEW.tenant_id AND o.id = NEW.job_id
              AND o.webhook_url IS NOT NULL)) THEN
        RETURN NULL;
    END IF;
    INSERT INTO deliveries (id, tenant_id, endpoint_id, url, target, event_id, job_id, type,
        payload, status, ended_at)
    SELECT new_delivery_id(), NEW.tenant_id, t.endpoint_id, t.url, t.target, NEW.id, NEW.job_id,
        NEW.type, webhook_payload(NEW.type, NEW.created_at, j, NEW.data), t.status,
        CASE t.status WHEN 'canceled' THEN now() END
    FROM (
        -- What we disabled misses nothing: `recover` sends these.
        SELECT e.id AS endpoint_id, NULL AS url, e.id AS target,
            CASE WHEN e.enabled THEN 'pending' ELSE 'canceled' END AS status
        FROM webhook_endpoints e
        WHERE e.tenant_id = NEW.tenant_id AND (e.enabled OR e.disabled_at IS NOT NULL)
          AND NEW.type = ANY (e.event_types)
        UNION ALL
        SELECT NULL, o.webhook_url, lower(substring(o.webhook_url FROM '^[^/]*//[^/?#]*')), 'pending'
        FROM jobs o
        WHERE o.tenant_id = NEW.tenant_id AND o.id = NEW.job_id AND o.webhook_url IS NOT NULL
          AND NEW.type IN ('job.succeeded', 'job.failed', 'job.canceled', 'job.expired')
    ) t
    JOIN jobs j ON j.tenant_id = NEW.tenant_id AND j.id = NEW.job_id;
    RETURN NULL;
END $$;
CREATE TRIGGER events_deliver AFTER INSERT ON events FOR EACH ROW
    WHEN (NEW.type IN ('job.queued', 'job.running', 'job.progress', 'job.succeeded', 'job.failed',
                       'job.canceled', 'job.expired'))
    EXECUTE FUNCTION deliver_event();

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints TO penstock_app;
GRANT SELECT, INSERT, UPDATE ON webhook_secrets, deliveries, delivery_targets TO penstock_app;
GRANT SELECT, INSERT ON delivery_attempts TO penstock_app;
GRANT SELECT ON webhook_endpoints TO penstock_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO penstock_system;
GRANT SELECT, INSERT ON delivery_attempts TO penstock_system;
GRANT SELECT, DELETE ON delivery_targets TO penstock_system;
