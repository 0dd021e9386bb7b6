-- What the relay needs to be fair to tenants.
DROP FUNCTION stage_chain(uuid, text); -- the relay reads all chains of a batch at once
-- Led by the job: a planner without statistics took the old one, by its tenant alone, to find a
-- stage's calls, and read all calls of the tenant.
DROP INDEX usage_of_job;
CREATE INDEX usage_of_job ON usage (job_id);
-- The reconciler analyzes tables that never were: until autovacuum comes round (a minute), plans
-- made for empty tables would read a tenant's whole table for one row. Older servers do without.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 170000 THEN
        EXECUTE 'GRANT MAINTAIN ON jobs, stages, joins, outbox, events, usage TO penstock_system';
    END IF;
END $$;
-- Indexes that no statement reads cost every job; an event is found by its job and sequence, an
-- outbox row by its id, and its stage takes it away with itself.
ALTER TABLE events DROP CONSTRAINT events_pkey, DROP CONSTRAINT events_tenant_id_id_key,
    DROP CONSTRAINT events_tenant_id_job_id_sequence_key,
    ADD PRIMARY KEY (tenant_id, job_id, sequence);
ALTER TABLE outbox DROP CONSTRAINT outbox_tenant_id_id_key,
    DROP CONSTRAINT outbox_tenant_id_job_id_fkey;
-- The relay reads each tenant's messages in the tenant's own order.
DROP INDEX outbox_next;
CREATE INDEX outbox_next ON outbox (tenant_id, priority, available_at, id);
CREATE INDEX outbox_due ON outbox (available_at);
-- What the broker holds, counted many times a second; a batch's items are left out.
CREATE INDEX stages_at_broker ON stages (tenant_id, lane)
    WHERE status = 'pending' AND dispatched_at IS NOT NULL AND item_index IS NULL;
