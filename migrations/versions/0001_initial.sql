-- Ids are text made in Python; statuses are text + CHECK; money is bigint micro-dollars;
-- documents and schemas are json (not jsonb), because the order of keys matters to a model.

CREATE TABLE tenants (
    id          uuid PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
    id            text PRIMARY KEY,
    tenant_id     uuid NOT NULL REFERENCES tenants (id),
    name          text NOT NULL,
    secret_sha256 bytea NOT NULL CHECK (length(secret_sha256) = 32),
    scopes        text[] NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz,
    revoked_at    timestamptz,
    last_used_at  timestamptz,
    UNIQUE (tenant_id, id)
);

CREATE TABLE jobs (
    id                  text PRIMARY KEY,
    tenant_id           uuid NOT NULL REFERENCES tenants (id),
    pipeline            text NOT NULL,
    pipeline_version    integer NOT NULL,
    status              text NOT NULL DEFAULT 'queued' CHECK (status IN
        ('queued', 'running', 'canceling', 'succeeded', 'failed', 'canceled', 'expired')),
    priority            text NOT NULL CHECK (priority IN ('high', 'normal', 'low')),
    input               json NOT NULL,
    metadata            json NOT NULL,
    output              json,
    error               json,
    run                 integer NOT NULL DEFAULT 1,
    event_seq           bigint NOT NULL DEFAULT 0,
    request_id          text,
    traceparent         text,
    created_at          timestamptz NOT NULL,
    started_at          timestamptz,
    ended_at            timestamptz,
    deadline            timestamptz,
    cancel_after        timestamptz,
    cancel_requested_at timestamptz,
    cancel_reason       text CHECK (cancel_reason IN ('request', 'cancel_after', 'deadline')),
    CHECK ((status IN ('succeeded', 'failed', 'canceled', 'expired')) = (ended_at IS NOT NULL)),
    UNIQUE (tenant_id, id)
);
CREATE INDEX jobs_newest ON jobs (tenant_id, created_at DESC, id DESC);
CREATE INDEX jobs_due ON jobs (least(deadline, cancel_after))
    WHERE status IN ('queued', 'running') AND least(deadline, cancel_after) IS NOT NULL;
CREATE INDEX jobs_canceling ON jobs (cancel_requested_at) WHERE status = 'canceling';
CREATE INDEX jobs_open ON jobs (status) WHERE status IN ('queued', 'running', 'canceling');

CREATE TABLE stages (
    id            text PRIMARY KEY,
    tenant_id     uuid NOT NULL,
    job_id        text NOT NULL,
    name          text NOT NULL,
    position      smallint NOT NULL,
    item_index    integer,
    item          json,
    next_id       text,                -- the stage that the chain goes on with
    join_id       text,                -- the join this item counts down
    lane          text NOT NULL,       -- core, or a provider's name
    ready         boolean NOT NULL DEFAULT false,
    status        text NOT NULL DEFAULT 'pending' CHECK (status IN
        ('pending', 'running', 'done', 'failed', 'skipped', 'dead')),
    epoch         integer NOT NULL DEFAULT 0,
    attempts      integer NOT NULL DEFAULT 0,
    recoveries    integer NOT NULL DEFAULT 0,
    dispatches    integer NOT NULL DEFAULT 0,
    available_at  timestamptz NOT NULL DEFAULT now(),
    queued_at     timestamptz,         -- since when it could have run
    dispatched_at timestamptz,         -- last handed to the broker
    lease_until   timestamptz,
    worker        text,
    started_at    timestamptz,
    ended_at      timestamptz,
    provider      text,
    model         text,
    output        json,
    error         json,
    CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX stages_of_job ON stages (tenant_id, job_id, position, coalesce(item_index, -1));
CREATE INDEX stages_leased ON stages (lease_until) WHERE status = 'running';
CREATE INDEX stages_waiting ON stages (dispatched_at)
    WHERE status = 'pending' AND dispatched_at IS NOT NULL;

CREATE TABLE joins (
    id         text PRIMARY KEY,
    tenant_id  uuid NOT NULL,
    job_id     text NOT NULL,
    stage_id   text NOT NULL,          -- the body
    policy     text NOT NULL CHECK (policy IN ('all', 'any')),
    total      integer NOT NULL,
    remaining  integer NOT NULL CHECK (remaining >= 0),
    succeeded  integer NOT NULL DEFAULT 0,
    failed     integer NOT NULL DEFAULT 0,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, job_id),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id    uuid NOT NULL,
    job_id       text NOT NULL,
    stage_id     text NOT NULL,
    lane         text NOT NULL,
    priority     smallint NOT NULL,    -- 0 high, 1 normal, 2 low
    available_at timestamptz NOT NULL DEFAULT now(),
    locked_until timestamptz,
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, stage_id) REFERENCES stages (tenant_id, id) ON DELETE CASCADE
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX outbox_next ON outbox (priority, available_at, id);
CREATE INDEX outbox_of_stage ON outbox (tenant_id, stage_id);

CREATE TABLE events (
    id         text PRIMARY KEY,
    tenant_id  uuid NOT NULL,
    job_id     text NOT NULL,
    sequence   bigint NOT NULL,
    type       text NOT NULL,
    data       json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, job_id, sequence),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE
);

-- One row a provider call: written as intent before it, completed with the answer after it.
CREATE TABLE usage (
    id                 text PRIMARY KEY,
    tenant_id          uuid NOT NULL,
    job_id             text NOT NULL,
    stage_id           text NOT NULL,
    run                integer NOT NULL,
    sequence           integer NOT NULL,
    choice             smallint NOT NULL,      -- index into the job's list of models
    provider           text NOT NULL,
    model              text NOT NULL,
    simulated          boolean NOT NULL,
    outcome            text NOT NULL DEFAULT 'in_flight' CHECK (outcome IN
        ('in_flight', 'succeeded', 'failed', 'canceled', 'unknown')),
    verdict            text CHECK (verdict IN ('valid', 'invalid')),
    answer             text,
    error              json,
    request_id         text,
    input_tokens       bigint,
    cache_read_tokens  bigint,
    cache_write_tokens bigint,
    output_tokens      bigint,
    reasoning_tokens   bigint,
    cost_micros        bigint,
    price_source       text,
    latency_ms         integer,
    started_at         timestamptz NOT NULL DEFAULT now(),
    ended_at           timestamptz,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, stage_id, sequence),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, stage_id) REFERENCES stages (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX usage_of_job ON usage (tenant_id, job_id);

CREATE TABLE idempotency_records (
    tenant_id      uuid NOT NULL REFERENCES tenants (id),
    key            text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    payload_sha256 bytea NOT NULL,
    job_id         text NOT NULL,
    answer         text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idempotency_age ON idempotency_records (created_at);

-- Row-level security: forced, so that even the owner obeys.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['api_keys', 'jobs', 'stages', 'joins', 'outbox', 'events', 'usage',
                             'idempotency_records'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant ON %I
            USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
            WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
            $p$, t);
    END LOOP;
END $$;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenants
    USING (id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));

-- The one way in: sets the tenant for this transaction, and fails if one is set already.
CREATE FUNCTION enter_tenant(tenant uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('app.tenant_id', true), '') <> '' THEN
        RAISE EXCEPTION 'app.tenant_id is already set on this connection';
    END IF;
    PERFORM set_config('app.tenant_id', tenant::text, true);
END $$;

-- The stage and those that its chain goes on with, as [[id, name, lane], ...].
CREATE FUNCTION stage_chain(tenant uuid, first_id text) RETURNS json LANGUAGE sql STABLE AS $$
    WITH RECURSIVE chain AS (
        SELECT id, name, lane, next_id, 1 AS n FROM stages WHERE tenant_id = tenant AND id = first_id
        UNION ALL
        SELECT s.id, s.name, s.lane, s.next_id, c.n + 1
        FROM chain c JOIN stages s ON s.tenant_id = tenant AND s.id = c.next_id)
    SELECT json_agg(json_build_array(id, name, lane) ORDER BY n) FROM chain
$$;

-- A key is looked up before its tenant is known; a worker's leases span tenants.
CREATE FUNCTION find_api_key(key_id text)
RETURNS TABLE (tenant_id uuid, secret_sha256 bytea, scopes text[], expires_at timestamptz,
               revoked_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE api_keys k SET last_used_at = now()
    WHERE k.id = key_id AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute');
    SELECT k.tenant_id, k.secret_sha256, k.scopes, k.expires_at, k.revoked_at
    FROM api_keys k WHERE k.id = key_id
$$;

CREATE FUNCTION keep_leases(stage_ids text[], epochs integer[], lease_seconds double precision)
RETURNS TABLE (stage_id text, epoch integer, job_status text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE stages s SET lease_until = now() + make_interval(secs => lease_seconds)
    FROM unnest(stage_ids, epochs) AS held (id, epoch), jobs j
    WHERE s.id = held.id AND s.epoch = held.epoch AND s.status = 'running'
      AND j.tenant_id = s.tenant_id AND j.id = s.job_id
    RETURNING s.id, s.epoch, j.status
$$;
ALTER FUNCTION find_api_key(text) OWNER TO penstock_system;
ALTER FUNCTION keep_leases(text[], integer[], double precision) OWNER TO penstock_system;
REVOKE ALL ON FUNCTION find_api_key(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION keep_leases(text[], integer[], double precision) FROM PUBLIC;

GRANT USAGE ON SCHEMA public TO penstock_app, penstock_system;
GRANT EXECUTE ON FUNCTION find_api_key(text) TO penstock_app, penstock_system;
GRANT EXECUTE ON FUNCTION keep_leases(text[], integer[], double precision)
    TO penstock_app, penstock_system;
GRANT SELECT ON tenants TO penstock_app;
GRANT SELECT, INSERT, UPDATE ON api_keys, jobs, stages, joins, usage TO penstock_app;
GRANT SELECT, INSERT ON outbox, events TO penstock_app;
GRANT SELECT, INSERT, DELETE ON idempotency_records TO penstock_app;
GRANT SELECT, INSERT ON tenants TO penstock_system;
GRANT SELECT, INSERT, UPDATE ON api_keys, events, usage TO penstock_system;
GRANT SELECT, UPDATE ON stages, joins TO penstock_system;
GRANT SELECT, UPDATE, DELETE ON jobs TO penstock_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO penstock_system;
GRANT SELECT, DELETE ON idempotency_records TO penstock_system;
