-- Runs on H2 (in its PostgreSQL mode) and on PostgreSQL.

-- What a thread is for (thread, subagent, review), the thread that started it, and the last ordinal
-- that it has from its parent.
ALTER TABLE thread ADD COLUMN kind VARCHAR(16) DEFAULT 'thread' NOT NULL;
ALTER TABLE thread ADD COLUMN parent_thread_id UUID;
ALTER TABLE thread ADD COLUMN inherited_through BIGINT;

-- Version of what was read from the rollout: a row of another version than the service's is read
-- again when the service has started.
ALTER TABLE thread ADD COLUMN reading INTEGER DEFAULT 0 NOT NULL;

-- ThreadListing by parentThreadId: the children of a thread are few enough to be sorted.
CREATE INDEX thread_by_starter ON thread (parent_thread_id);
