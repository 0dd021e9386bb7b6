-- Schedules and their fires. A fire and its job are written in one transaction, and the fire's key
-- is (schedule, moment): whoever comes second writes nothing.
CREATE TABLE schedules (
    id               text PRIMARY KEY,
    tenant_id        uuid NOT NULL REFERENCES tenants (id),
    name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    cron             text,
    interval_seconds integer CHECK (interval_seconds > 0),
    timezone         text NOT NULL DEFAULT 'UTC',
    job              json NOT NULL,             -- the body of POST /v1/jobs, with placeholders
    catch_up         text NOT NULL DEFAULT 'latest' CHECK (catch_up IN ('skip', 'latest', 'all')),
    catch_up_cap     integer NOT NULL DEFAULT 100 CHECK (catch_up_cap BETWEEN 1 AND 1000),
    overlap          text NOT NULL DEFAULT 'allow' CHECK (overlap IN
        ('allow', 'skip', 'cancel_previous')),
    jitter_seconds   integer NOT NULL DEFAULT 0 CHECK (jitter_seconds >= 0),
    starts_at        timestamptz,
    ends_at          timestamptz,
    enabled          boolean NOT NULL DEFAULT true,
    next_fire_at     timestamptz,               -- the nominal moment; NULL: none is left
    due_at           timestamptz,               -- the same with its jitter
    last_fire_at     timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CHECK ((cron IS NULL) <> (interval_seconds IS NULL)),
    CHECK ((next_fire_at IS NULL) = (due_at IS NULL)),
    UNIQUE (tenant_id, id)
);
CREATE INDEX schedules_due ON schedules (due_at) WHERE enabled AND due_at IS NOT NULL;

CREATE TABLE schedule_fires (
    tenant_id   uuid NOT NULL,
    schedule_id text NOT NULL,
    fire_at     timestamptz NOT NULL,
    trigger     text NOT NULL CHECK (trigger IN ('schedule', 'manual')),
    status      text NOT NULL CHECK (status IN ('fired', 'skipped', 'missed', 'refused')),
    job_id      text,
    error       json,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, schedule_id, fire_at, trigger),
    FOREIGN KEY (tenant_id, schedule_id) REFERENCES schedules (tenant_id, id) ON DELETE CASCADE
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['schedules', 'schedule_fires'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant ON %I
            USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
            WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
            $p$, t);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON schedules TO penstock_app;
GRANT SELECT, INSERT ON schedule_fires TO penstock_app;
GRANT SELECT ON schedules TO penstock_system;
