-- Who submitted a job: an API key's public part, or the schedule that fired it.
ALTER TABLE jobs ADD COLUMN key_id text;
-- Which of a provider's keys a call was made with; NULL: it has one.
ALTER TABLE usage ADD COLUMN credential text;
-- Whether a stage's answer came from the cache: hit, miss or shared; NULL: it was not asked.
ALTER TABLE stages ADD COLUMN cache text CHECK (cache IN ('hit', 'miss', 'shared'));
CREATE INDEX usage_by_time ON usage (tenant_id, started_at);
