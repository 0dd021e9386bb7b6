"""The statements by which a stage is taken, kept and left; each is fenced by the claim's epoch."""

from app.repositories.jobs import JOB

# A claim does not wait for the disk, so a crash of Postgres may take it back while its worker
# lives. A counter would give that epoch out again, and two workers would pass one fence: it is
# microseconds of the clock.
NEW_EPOCH = "greatest(epoch + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"

# `validate` needs the schema; the rest of an input may be many megabytes of pictures.
CLAIM = f"""
WITH claimed AS (
    UPDATE stages s SET status = 'running', epoch = {NEW_EPOCH}, attempts = attempts + 1,
        worker = %(worker)s, lease_until = now() + make_interval(secs => %(lease)s),
        started_at = coalesce(started_at, now())
    WHERE tenant_id = %(tenant)s AND id = %(stage)s AND status = 'pending' AND ready
      AND available_at <= now()
      AND (SELECT status FROM jobs j WHERE j.tenant_id = s.tenant_id AND j.id = s.job_id)
          IN ('queued', 'running')
    RETURNING *),
started AS (
    UPDATE jobs j SET status = 'running', started_at = now(), event_seq = event_seq + 1
    WHERE j.tenant_id = %(tenant)s AND j.id = (SELECT job_id FROM claimed) AND j.status = 'queued'
    RETURNING j.event_seq),
told AS (
    INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
    SELECT %(event)s, c.tenant_id, c.job_id, s.event_seq, 'job.running',
        json_build_object('status', 'running', 'stage', c.name)
    FROM started s, claimed c)
SELECT c.*, (
    SELECT row_to_json(r) FROM (
        SELECT {JOB}, CASE c.name
            WHEN 'validate' THEN json_build_object('schema', j.input -> 'schema')
            ELSE j.input END AS input
        FROM jobs j WHERE j.tenant_id = c.tenant_id AND j.id = c.job_id) r) AS job,
    CASE WHEN c.position > 0 AND c.item_index IS NULL THEN (
        SELECT output FROM stages p WHERE p.tenant_id = c.tenant_id AND p.job_id = c.job_id
          AND p.next_id = c.id) END AS handed_over
FROM claimed c"""
LOST = """
UPDATE usage SET outcome = 'unknown', ended_at = now()
WHERE tenant_id = %(tenant)s AND stage_id = %(stage)s AND outcome = 'in_flight'
  AND EXISTS (SELECT 1 FROM stages WHERE tenant_id = %(tenant)s AND id = %(stage)s
              AND epoch = %(epoch)s)"""
CALLS = """
SELECT u.* FROM usage u JOIN jobs j ON j.tenant_id = u.tenant_id AND j.id = u.job_id
WHERE u.tenant_id = %(tenant)s AND u.stage_id = %(stage)s AND u.run = j.run ORDER BY u.sequence"""
STATUS = "SELECT status FROM stages WHERE tenant_id = %(tenant)s AND id = %(stage)s"
ALIVE = """
SELECT 1 FROM stages WHERE tenant_id = %(tenant)s AND id = %(stage)s AND epoch = %(epoch)s
  AND (status = 'running') IS NOT FALSE AND lease_until > now()"""
# A planner that has seen few stages at work would look among all of them, by the index of leases,
# rather than for the one: it must not see that this asks for `running` alone.
FENCE = """
    WHERE tenant_id = %(tenant)s AND id = %(stage)s AND epoch = %(epoch)s
      AND (status = 'running') IS NOT FALSE
    RETURNING *"""
END_STAGE = f"""
    UPDATE stages SET status = %(stage_status)s, output = %(output)s::json, error = %(error)s::json,
        provider = coalesce(%(provider)s, provider), model = coalesce(%(model)s, model),
        cache = %(cache)s, report = %(report)s::json,
        lease_until = NULL, ended_at = now(){FENCE}"""
JOB_STATUS = """(SELECT status FROM jobs j WHERE j.tenant_id = f.tenant_id AND j.id = f.job_id)"""
PASS_ON = f"""
WITH fenced AS ({END_STAGE}),
next AS (
    UPDATE stages s SET ready = true, queued_at = now(), dispatched_at = now()
    WHERE s.tenant_id = %(tenant)s AND s.id = (SELECT next_id FROM fenced)
      AND s.status = 'pending'),
bumped AS (
    UPDATE jobs j SET event_seq = event_seq + 1 WHERE j.tenant_id = %(tenant)s
      AND j.id = (SELECT job_id FROM fenced WHERE status = 'done')
    RETURNING event_seq),
told AS (
    INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
    SELECT %(event)s, f.tenant_id, f.job_id, b.event_seq, 'stage.done',
        json_build_object('stage', f.name, 'provider', f.provider, 'model', f.model)
    FROM fenced f, bumped b)
SELECT {JOB_STATUS} AS job_status FROM fenced f"""
END_JOB = f"""
WITH fenced AS ({END_STAGE}),
skipped AS (
    UPDATE stages s SET status = 'skipped', ended_at = now()
    WHERE s.tenant_id = %(tenant)s AND s.job_id = (SELECT job_id FROM fenced)
      AND s.status = 'pending'),
ended AS (
    UPDATE jobs j SET ended_at = now(), event_seq = event_seq + 1, output = %(job_output)s::json,
        error = %(job_error)s::json, status = CASE WHEN j.status <> 'canceling' THEN %(job_status)s
            WHEN j.cancel_reason = 'deadline' THEN 'expired' ELSE 'canceled' END
    WHERE j.tenant_id = %(tenant)s AND j.id = (SELECT job_id FROM fenced)
      AND j.status IN ('queued', 'running', 'canceling')
    RETURNING j.event_seq, j.status, j.error),
told AS (
    INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
    SELECT %(event)s, f.tenant_id, f.job_id, e.event_seq, 'job.' || e.status,
        json_build_object('status', e.status, 'error', e.error)
    FROM fenced f, ended e)
SELECT e.status AS job_status FROM fenced f, ended e"""
END_ITEM = f"""
WITH fenced AS ({END_STAGE}),
counted AS (
    UPDATE joins n SET remaining = remaining - 1,
        succeeded = succeeded + (f.status = 'done')::int,
        failed = failed + (f.status <> 'done')::int
    FROM fenced f WHERE n.tenant_id = %(tenant)s AND n.id = (SELECT join_id FROM fenced)
    RETURNING n.*),
body AS (
    UPDATE stages s SET ready = true, queued_at = now(), dispatched_at = now()
    WHERE s.tenant_id = %(tenant)s AND s.id = (SELECT stage_id FROM counted WHERE remaining = 0)
      AND s.status = 'pending' RETURNING s.*),
later AS (
    INSERT INTO outbox (tenant_id, job_id, stage_id, lane, priority, available_at)
    SELECT tenant_id, job_id, id, lane, %(priority)s,
        now() + make_interval(secs => %(grace)s) FROM body),
bumped AS (
    UPDATE jobs j SET event_seq = event_seq + 1 WHERE j.tenant_id = %(tenant)s AND j.id = (
        SELECT job_id FROM counted WHERE remaining %% greatest(1, total / 20) = 0)
    RETURNING j.event_seq),
told AS (
    INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
    SELECT %(event)s, c.tenant_id, c.job_id, b.event_seq, 'job.progress', json_build_object(
        'total', c.total, 'succeeded', c.succeeded, 'failed', c.failed, 'remaining', c.remaining)
    FROM counted c, bumped b)
SELECT {JOB_STATUS} AS job_status, c.remaining FROM fenced f, counted c"""
PUT_BACK = f"""
WITH fenced AS (
    UPDATE stages SET status = 'pending', lease_until = NULL, lane = %(lane)s,
        deployment = coalesce(%(deployment)s, deployment),
        available_at = now() + make_interval(secs => %(delay)s),
        queued_at = now() + make_interval(secs => %(delay)s), dispatched_at = NULL,
        dispatches = 0, recoveries = recoveries + %(recoveries)s, error = %(error)s::json{FENCE}),
followed AS (  -- its answers are validated where those of the lane are
    UPDATE stages s SET lane = 'validate.' || %(lane)s WHERE s.tenant_id = %(tenant)s
      AND s.id = (SELECT next_id FROM fenced) AND s.lane LIKE 'validate.%%'
      AND s.lane <> 'validate.' || %(lane)s),
again AS (
    INSERT INTO outbox (tenant_id, job_id, stage_id, lane, deployment, tokens, priority,
        available_at)
    SELECT tenant_id, job_id, id, lane, deployment, tokens, %(priority)s, available_at
    FROM fenced),
bumped AS (
    UPDATE jobs j SET event_seq = event_seq + 1 WHERE j.tenant_id = %(tenant)s
      AND j.id = (SELECT job_id FROM fenced WHERE item_index IS NULL)
    RETURNING event_seq),
told AS (
    INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
    SELECT %(event)s, f.tenant_id, f.job_id, b.event_seq, 'stage.retrying', json_build_object(
        'stage', f.name, 'lane', f.lane, 'delay_seconds', %(delay)s::float, 'error', f.error)
    FROM fenced f, bumped b)
SELECT {JOB_STATUS} AS job_status FROM fenced f"""
TAKE = f"""
WITH taken AS (
    UPDATE stages SET epoch = {NEW_EPOCH}, lease_until = now() + interval '30 seconds'
    WHERE tenant_id = %(tenant)s AND id = %(stage)s AND status = 'running'
      AND lease_until < now() RETURNING *)
SELECT t.*, row_to_json(j) AS job FROM taken t
JOIN jobs j ON j.tenant_id = t.tenant_id AND j.id = t.job_id"""
BEGIN_CALL = """
INSERT INTO usage (id, tenant_id, job_id, stage_id, run, sequence, choice, provider, model,
    simulated, credential, mode)
SELECT %(call)s, s.tenant_id, s.job_id, s.id, %(run)s,
    (SELECT coalesce(max(sequence), 0) + 1 FROM usage u
     WHERE u.tenant_id = s.tenant_id AND u.stage_id = s.id),
    %(choice)s, %(provider)s, %(model)s, %(simulated)s, %(credential)s, %(mode)s
FROM stages s WHERE tenant_id = %(tenant)s AND id = %(stage)s AND epoch = %(epoch)s
  AND (status = 'running') IS NOT FALSE RETURNING sequence, started_at"""
# Postgres may have lost the intent in a crash of its own: the call is written down all the same, as
# `unknown` when its claim was lost too.
END_CALL = """
WITH ended AS (
  UPDATE usage SET outcome = %(outcome)s, verdict = %(verdict)s, answer = %(answer)s,
    error = %(error)s::json, request_id = %(request_id)s, input_tokens = %(input_tokens)s,
    cache_read_tokens = %(cache_read_tokens)s, cache_write_tokens = %(cache_write_tokens)s,
    output_tokens = %(output_tokens)s, reasoning_tokens = %(reasoning_tokens)s,
    cost_micros = %(cost_micros)s, price_source = %(price_source)s, latency_ms = %(latency_ms)s,
    ended_at = now()
  WHERE tenant_id = %(tenant)s AND id = %(call)s AND outcome = 'in_flight' RETURNING id),
lost AS (
  INSERT INTO usage (id, tenant_id, job_id, stage_id, run, sequence, choice, provider, model,
    simulated, credential, mode, outcome, verdict, answer, error, request_id, input_tokens,
    cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_micros,
    price_source, latency_ms, started_at, ended_at)
  SELECT %(call)s, s.tenant_id, s.job_id, s.id, %(run)s,
    (SELECT coalesce(max(sequence), 0) + 1 FROM usage u
     WHERE u.tenant_id = s.tenant_id AND u.stage_id = s.id),
    %(choice)s, %(provider)s, %(model)s, %(simulated)s, %(credential)s, %(mode)s,
    CASE WHEN s.epoch = %(epoch)s AND s.status = 'running' THEN %(outcome)s ELSE 'unknown' END,
    %(verdict)s, %(answer)s, %(error)s::json, %(request_id)s, %(input_tokens)s,
    %(cache_read_tokens)s, %(cache_write_tokens)s, %(output_tokens)s, %(reasoning_tokens)s,
    %(cost_micros)s, %(price_source)s, %(latency_ms)s, %(started_at)s, now()
  FROM stages s WHERE tenant_id = %(tenant)s AND id = %(stage)s
    AND NOT EXISTS (SELECT 1 FROM usage WHERE tenant_id = %(tenant)s AND id = %(call)s)
  RETURNING id, outcome)
SELECT id FROM ended UNION ALL SELECT id FROM lost WHERE outcome <> 'unknown'"""
# The first `room` items leave with the chord (NULL: all), the others by the relay, in their order.
ITEMS_LEAVING = """
WITH waiting AS (
    SELECT id, row_number() OVER (ORDER BY item_index) <= %(room)s IS NOT false AS leaves
    FROM stages s WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND item_index IS NOT NULL
      AND status = 'pending' AND NOT EXISTS (
          SELECT 1 FROM outbox o WHERE o.tenant_id = s.tenant_id AND o.stage_id = s.id)),
going AS (
    UPDATE stages s SET ready = true, queued_at = now(),
        dispatched_at = CASE WHEN w.leaves THEN now() END
    FROM waiting w WHERE s.tenant_id = %(tenant)s AND s.id = w.id
    RETURNING s.tenant_id, s.job_id, s.id, s.item_index, s.lane, s.deployment, s.tokens, w.leaves),
later AS (
    INSERT INTO outbox (tenant_id, job_id, stage_id, lane, deployment, tokens, priority)
    SELECT tenant_id, job_id, id, lane, deployment, tokens, %(priority)s FROM going
    WHERE NOT leaves ORDER BY item_index)
SELECT id, lane, item_index FROM going WHERE leaves"""
JOIN_OF = "SELECT * FROM joins WHERE tenant_id = %(tenant)s AND job_id = %(job)s"
