-- Erasing a job leaves a tombstone (its id, its times, how it ended) and its usage rows, without
-- the answers: what was paid for stays on record, what was said does not.
ALTER TABLE jobs ADD COLUMN erased_at timestamptz;
ALTER TABLE jobs ADD COLUMN input_erased_at timestamptz;
ALTER TABLE jobs ADD COLUMN events_erased_at timestamptz;
ALTER TABLE usage DROP CONSTRAINT usage_tenant_id_stage_id_fkey,
    DROP CONSTRAINT usage_tenant_id_job_id_fkey,
    ADD CONSTRAINT usage_tenant_id_job_id_fkey
        FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id);
CREATE INDEX jobs_kept ON jobs (tenant_id, ended_at) WHERE ended_at IS NOT NULL AND erased_at IS NULL;

-- One job's content, in the caller's transaction; false when it has not ended or is erased.
CREATE FUNCTION erase_job(tenant uuid, job text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE jobs SET input = '{}', metadata = '{}', output = NULL, error = NULL, webhook_url = NULL,
        request_id = NULL, traceparent = NULL, erased_at = now()
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
-- The same for the tenant that this transaction has entered, and for no other.
CREATE FUNCTION erase_own_job(job text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT erase_job(nullif(current_setting('app.tenant_id', true), '')::uuid, job)
$$;
ALTER FUNCTION erase_job(uuid, text) OWNER TO penstock_system;
ALTER FUNCTION erase_own_job(text) OWNER TO penstock_system;
REVOKE ALL ON FUNCTION erase_job(uuid, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION erase_own_job(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_job(uuid, text) TO penstock_system;
GRANT EXECUTE ON FUNCTION erase_own_job(text) TO penstock_app;
GRANT SELECT, DELETE ON deliveries, events, joins, stages TO penstock_system;
