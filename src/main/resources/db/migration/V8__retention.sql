-- Runs on H2 (in its PostgreSQL mode) and on PostgreSQL.

-- A thread that is pinned is left alone by retention. Derived: its rollout tells of it.
ALTER TABLE thread ADD COLUMN pinned BOOLEAN DEFAULT FALSE NOT NULL;

-- What the rollout takes on the disk where it is compressed; null where it is not.
ALTER TABLE thread ADD COLUMN compressed_bytes BIGINT;

-- RetentionRows: archived threads by the time since which they are.
CREATE INDEX thread_by_archived ON thread (archived_at, id);
