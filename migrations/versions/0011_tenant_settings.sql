-- What a tenant has set for itself: one document, checked by the application when it is written.
CREATE TABLE tenant_settings (
    tenant_id  uuid PRIMARY KEY REFERENCES tenants (id),
    version    bigint NOT NULL CHECK (version > 0),    -- one more at each change; the ETag
    document   json NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE tenant_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenant_settings
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON tenant_settings TO penstock_app, penstock_system;

-- What was asked, as a digest: of jobs whose tenant has a cooldown, and of no others.
ALTER TABLE jobs ADD COLUMN fingerprint bytea CHECK (length(fingerprint) = 32);
CREATE INDEX jobs_resubmitted ON jobs (tenant_id, fingerprint, created_at)
    WHERE fingerprint IS NOT NULL;
-- The key's request was answered with a job that another request had made.
ALTER TABLE idempotency_records ADD COLUMN deduplicated boolean NOT NULL DEFAULT false;

-- As in 0005; the digest goes with what it is a digest of.
CREATE OR REPLACE FUNCTION erase_job(tenant uuid, job text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE jobs SET input = '{}', metadata = '{}', output = NULL, error = NULL, webhook_url = NULL,
        request_id = NULL, traceparent = NULL, fingerprint = NULL, erased_at = now()
    WHERE tenant_id = tenant AND id = job AND ended_at IS NOT NULL AND erased_at IS NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM deliveries WHERE tenant_id = tenant AND job_id = job;
    DELETE FROM idempotency_records WHERE tenant_id = tenant AND job_id = job;
    DELETE FROM events WHERE tenant_id = tenant AND job_id = job;
    DELETE FROM joins WHERE tenant_id = tenant AND job_id = job;
    DELETE FROM outbox WHERE tenant_id = tenant AND job_id = job;
    DELETE FROM stages WHERE tenant_id = tenant AND job_id = job;
    UPDATE usage SET answer = NULL, error = NULL, request_id = NULL
    WHERE tenant_id = tenant AND job_id = job;
    RETURN true;
END $$;
