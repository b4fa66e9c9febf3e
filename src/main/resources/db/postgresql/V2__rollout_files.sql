-- The files of the data-dir as rows, with rollbook.storage=database. Empty with rollbook.storage=files.

-- One row: the process that writes the files. Each later process increments the epoch.
CREATE TABLE storage_lease (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  epoch  BIGINT  NOT NULL,
  beat   BIGINT  NOT NULL, -- goes up while the process lives; compared with nothing but itself
  holder VARCHAR           -- for people; null after an orderly stop
);

-- One row per file: its end, and the fence before it. No index covers a column that an append
-- changes, so that an update stays on its page.
CREATE TABLE rollout_file (
  key         UUID        PRIMARY KEY, -- another file at the same path has another key
  path        VARCHAR COLLATE "C" UNIQUE, -- below the data-dir; null once deleted, until purged
  epoch       BIGINT      NOT NULL, -- of the last process that opened it for writes
  claim       BIGINT      NOT NULL, -- goes up when it is opened for writes; earlier writers are refused
  size        BIGINT      NOT NULL,
  modified_at TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 50);

-- The bytes, one row per append. EXTERNAL: PostgreSQL's own compression takes three times the CPU of
-- the append, and a part of a compressed value cannot be read alone.
CREATE TABLE rollout_chunk (
  file  UUID   NOT NULL,
  start BIGINT NOT NULL,
  data  BYTEA  NOT NULL,
  PRIMARY KEY (file, start)
);
ALTER TABLE rollout_chunk ALTER data SET STORAGE EXTERNAL;
