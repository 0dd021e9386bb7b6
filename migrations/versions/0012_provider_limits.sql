-- What a stage asks of a provider, by which the relay keeps to the provider's limits: provider/model,
-- or any of several with spaces between them, and about how many tokens; '' and 0 ask nothing.
ALTER TABLE stages ADD COLUMN deployment text NOT NULL DEFAULT '',
    ADD COLUMN tokens integer NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN deployment text NOT NULL DEFAULT '',
    ADD COLUMN tokens integer NOT NULL DEFAULT 0;
-- The relay hops over a tenant's deployments: the backlog of one that has no room is not read.
DROP INDEX outbox_next;
CREATE INDEX outbox_next ON outbox (tenant_id, lane, deployment, priority, available_at, id);
-- A batch's items that the relay sent count too; those that left with their chord do not.
DROP INDEX stages_at_broker;
CREATE INDEX stages_at_broker ON stages (tenant_id, lane, deployment) INCLUDE (tokens)
    WHERE status = 'pending' AND dispatched_at IS NOT NULL
      AND (item_index IS NULL OR dispatches > 0);
