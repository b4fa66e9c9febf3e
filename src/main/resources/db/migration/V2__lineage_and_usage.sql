-- Runs on H2 (in its PostgreSQL mode) and on PostgreSQL.

-- Sums of what turns used: JSON objects, null where no turn said anything. Inherited is what lies
-- in the part of its rollout that a fork has from its parent.
ALTER TABLE thread ADD COLUMN own_usage VARCHAR;
ALTER TABLE thread ADD COLUMN inherited_usage VARCHAR;

-- A row that is behind its rollout is brought up when the service has started, sums included.
UPDATE thread SET rollout_bytes = rollout_bytes - 1
WHERE rollout_bytes > 1 AND id IN (SELECT thread_id FROM turn WHERE usage_json IS NOT NULL);

-- ThreadListing by forkedFromId: the forks of a thread are few enough to be sorted.
CREATE INDEX thread_by_parent ON thread (forked_from_id);
