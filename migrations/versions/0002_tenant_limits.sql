-- What a tenant may use. No row, or a NULL, means the operator's default from the settings.
CREATE TABLE tenant_limits (
    tenant_id               uuid PRIMARY KEY REFERENCES tenants (id),
    weight                  smallint NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 1000),
    max_in_flight           integer CHECK (max_in_flight > 0),           -- jobs at work at once
    max_queued              integer CHECK (max_queued >= 0),             -- jobs accepted, not begun
    requests_per_minute     integer CHECK (requests_per_minute > 0),     -- all keys together
    key_requests_per_minute integer CHECK (key_requests_per_minute > 0),
    input_days              integer CHECK (input_days >= 0),             -- kept after a job's end
    output_days             integer CHECK (output_days >= 0),
    event_days              integer CHECK (event_days >= 0),
    updated_at              timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE tenant_limits ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_limits FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenant_limits
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT ON tenant_limits TO penstock_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_limits TO penstock_system;
