-- The files of the data-dir as rows, and what several processes need that share them, with
-- rollbook.storage=database. Not used with rollbook.storage=files.

-- One row per process that uses the files, from its start to its stop.
CREATE TABLE replica (
  id         UUID        PRIMARY KEY, -- of one life of a process: a restart is another replica
  name       VARCHAR     NOT NULL, -- for people
  address    VARCHAR,              -- where other replicas reach it; null if it must be the only one
  version    VARCHAR     NOT NULL,
  beat       BIGINT      NOT NULL, -- goes up while it lives; compared with nothing but itself
  stopping   BOOLEAN     NOT NULL,
  started_at TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 50);

-- Which replica has a thread in memory. A table of its own: rows of threads may be dropped and
-- rebuilt, epochs may not.
CREATE TABLE thread_owner (
  thread_id UUID   PRIMARY KEY,
  owner     UUID,            -- a replica, which may be gone; null for none
  epoch     BIGINT NOT NULL  -- goes up with each owner; earlier ones are refused
) WITH (fillfactor = 50);

-- Background work that one replica at a time does: a lock, with the columns of ShedLock. Times are
-- those of the database, in UTC.
CREATE TABLE job (
  name       VARCHAR   PRIMARY KEY,
  lock_until TIMESTAMP NOT NULL,
  locked_at  TIMESTAMP NOT NULL,
  locked_by  VARCHAR   NOT NULL,          -- a replica
  ended      BIGINT    DEFAULT 0 NOT NULL, -- runs that have ended as they should
  ended_at   TIMESTAMP                    -- when the last one of them did
);

-- One row per file: its end, and the fence before it. No index covers a column that an append
-- changes, so that an update stays on its page.
CREATE TABLE rollout_file (
  key         UUID        PRIMARY KEY, -- another file at the same path has another key
  path        VARCHAR COLLATE "C" UNIQUE, -- below the data-dir; null once deleted, until purged
  thread      UUID,                 -- that it belongs to; null for files that all replicas write
  epoch       BIGINT      NOT NULL, -- of the thread's owner; 0 for files of no thread
  claim       BIGINT      NOT NULL, -- goes up when it is opened for writes; earlier writers are refused
  size        BIGINT      NOT NULL,
  modified_at TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX rollout_file_by_thread ON rollout_file (thread) WHERE thread IS NOT NULL;

-- The bytes, one row per append. EXTERNAL: PostgreSQL's own compression takes three times the CPU of
-- the append, and a part of a compressed value cannot be read alone.
CREATE TABLE rollout_chunk (
  file  UUID   NOT NULL,
  start BIGINT NOT NULL,
  data  BYTEA  NOT NULL,
  PRIMARY KEY (file, start)
);
ALTER TABLE rollout_chunk ALTER data SET STORAGE EXTERNAL;

-- When the row of a thread was inserted or changed, by the clock of the database: replicas index what
-- others have written. Not updated_at, which an import takes from the file.
ALTER TABLE thread ADD COLUMN changed_at TIMESTAMPTZ DEFAULT clock_timestamp() NOT NULL;
CREATE INDEX thread_by_changed ON thread (changed_at, id);

CREATE FUNCTION thread_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_at := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER thread_changed BEFORE UPDATE ON thread
  FOR EACH ROW EXECUTE FUNCTION thread_changed();
