-- A claim commits without waiting for the disk: a crash of Postgres may take it back while its
-- worker lives. A counter would then give the same epoch out twice, and two workers would pass one
-- fence; epochs come from the clock. (Rewrites both tables, under a lock.)
ALTER TABLE stages ALTER COLUMN epoch TYPE bigint;
ALTER TABLE deliveries ALTER COLUMN epoch TYPE bigint;
DROP FUNCTION keep_leases(text[], integer[], double precision);
CREATE FUNCTION keep_leases(stage_ids text[], epochs bigint[], lease_seconds double precision)
RETURNS TABLE (stage_id text, epoch bigint, job_status text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE stages s SET lease_until = now() + make_interval(secs => lease_seconds)
    FROM unnest(stage_ids, epochs) AS held (id, epoch), jobs j
    WHERE s.id = held.id AND s.epoch = held.epoch AND s.status = 'running'
      AND j.tenant_id = s.tenant_id AND j.id = s.job_id
    RETURNING s.id, s.epoch, j.status
$$;
ALTER FUNCTION keep_leases(text[], bigint[], double precision) OWNER TO penstock_system;
REVOKE ALL ON FUNCTION keep_leases(text[], bigint[], double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_leases(text[], bigint[], double precision)
    TO penstock_app, penstock_system;
