-- A trigger that is sent again with its Idempotency-Key gets the fire of the first time.
ALTER TABLE schedule_fires ADD COLUMN idempotency_key text;
CREATE UNIQUE INDEX schedule_fires_key ON schedule_fires (tenant_id, schedule_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
-- Old fires go as old jobs do.
CREATE INDEX schedule_fires_age ON schedule_fires (tenant_id, created_at);
GRANT SELECT, DELETE ON schedule_fires TO penstock_system;
