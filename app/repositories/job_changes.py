"""Statements for what is asked of a job: that it stops, or runs again."""

CANCEL = """
WITH asked AS (
    UPDATE jobs SET status = 'canceling', cancel_requested_at = now(), cancel_reason = 'request',
        event_seq = event_seq + 1
    WHERE tenant_id = %(tenant)s AND id = %(job)s AND status IN ('queued', 'running')
    RETURNING event_seq)
INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
SELECT %(event)s, %(tenant)s, %(job)s, event_seq, 'job.canceling', %(data)s::json
FROM asked RETURNING sequence"""
SKIP_PENDING = """
UPDATE stages SET status = 'skipped', ended_at = now()
WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND status = 'pending'
  AND EXISTS (SELECT 1 FROM jobs WHERE tenant_id = %(tenant)s AND id = %(job)s
              AND status = 'canceling')"""
# Ends a canceling job of which no stage runs any more.
SETTLE_CANCEL = """
WITH settled AS (
    UPDATE jobs j SET ended_at = now(), event_seq = event_seq + 1,
        status = CASE WHEN cancel_reason = 'deadline' THEN 'expired' ELSE 'canceled' END
    WHERE tenant_id = %(tenant)s AND id = %(job)s AND status = 'canceling'
      AND NOT EXISTS (SELECT 1 FROM stages s WHERE s.tenant_id = j.tenant_id
                      AND s.job_id = j.id AND s.status = 'running')
    RETURNING event_seq, status, cancel_reason),
lost AS (  -- of a worker that went silent: nobody takes its stage up again to say so
    UPDATE usage SET outcome = 'unknown', ended_at = now()
    WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND outcome = 'in_flight'
      AND EXISTS (SELECT 1 FROM settled))
INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
SELECT %(event)s, %(tenant)s, %(job)s, event_seq, 'job.' || status,
    json_build_object('status', status, 'reason', cancel_reason)
FROM settled RETURNING sequence"""
RETRY_JOB = """
WITH again AS (
    UPDATE jobs SET status = 'queued', run = run + 1, error = NULL, output = NULL,
        started_at = NULL, ended_at = NULL, cancel_requested_at = NULL, cancel_reason = NULL,
        cancel_after = NULL, deadline = CASE WHEN deadline > now() THEN deadline END,
        event_seq = event_seq + 1
    WHERE tenant_id = %(tenant)s AND id = %(job)s AND erased_at IS NULL AND input_erased_at IS NULL
      AND status IN ('failed', 'canceled', 'expired')
    RETURNING event_seq, run)
INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
SELECT %(event)s, %(tenant)s, %(job)s, event_seq, 'job.retried', json_build_object('run', run)
FROM again RETURNING sequence"""
# Undone stages start over with the first model, and so does the last, which ends the job: it may be
# done in a job that was canceled at that moment. A fan-out does when one of its items has to.
RETRY_STAGES = """
UPDATE stages s SET lane = CASE WHEN deployment <> '' THEN %(lane)s
        WHEN lane LIKE 'validate.%%' THEN 'validate.' || %(lane)s ELSE lane END,
    deployment = CASE WHEN deployment = '' THEN '' ELSE %(deployment)s END,
    status = 'pending', ready = false, attempts = 0, recoveries = 0,
    dispatches = 0, available_at = now(), queued_at = NULL, dispatched_at = NULL,
    started_at = NULL, ended_at = NULL, error = NULL, output = NULL, report = NULL
WHERE tenant_id = %(tenant)s AND job_id = %(job)s
  AND (status <> 'done' OR (item_index IS NULL AND (EXISTS (
        SELECT 1 FROM stages i WHERE i.tenant_id = s.tenant_id AND i.job_id = s.job_id
          AND i.item_index IS NOT NULL AND i.status <> 'done')
    OR NOT EXISTS (
        SELECT 1 FROM stages l WHERE l.tenant_id = s.tenant_id AND l.job_id = s.job_id
          AND l.item_index IS NULL AND l.position > s.position))))"""
RETRY_JOIN = """
UPDATE joins n SET remaining = c.undone, failed = 0, succeeded = n.total - c.undone
FROM (SELECT count(*) AS undone FROM stages WHERE tenant_id = %(tenant)s AND job_id = %(job)s
      AND item_index IS NOT NULL AND status <> 'done') c
WHERE n.tenant_id = %(tenant)s AND n.job_id = %(job)s"""
# The first undone stage starts (items wait for their fan-out, which publishes them).
RETRY_START = """
WITH first AS (
    UPDATE stages SET ready = true, queued_at = now() WHERE id = (
        SELECT id FROM stages WHERE tenant_id = %(tenant)s AND job_id = %(job)s
          AND status = 'pending' AND item_index IS NULL ORDER BY position LIMIT 1)
    RETURNING id, lane, deployment, tokens),
items AS (
    UPDATE stages SET ready = true, queued_at = now() WHERE tenant_id = %(tenant)s
      AND job_id = %(job)s AND status = 'pending' AND item_index IS NOT NULL)
INSERT INTO outbox (tenant_id, job_id, stage_id, lane, deployment, tokens, priority)
SELECT %(tenant)s, %(job)s, id, lane, deployment, tokens, %(priority)s FROM first"""
