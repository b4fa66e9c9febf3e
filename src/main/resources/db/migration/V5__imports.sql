-- Runs on H2 (in its PostgreSQL mode) and on PostgreSQL.

-- One row per import, so that it goes on after a restart. Counts are those of the last time that it
-- was noted, about once a second.
CREATE TABLE import (
  id                UUID        PRIMARY KEY,
  kind              VARCHAR(16) NOT NULL, -- path, upload
  path              VARCHAR     NOT NULL, -- as it was asked for; of an upload, its name
  status            VARCHAR(16) NOT NULL, -- queued, running, done, cancelled, failed
  created_at        TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  started_at        TIMESTAMP(3) WITH TIME ZONE,
  ended_at          TIMESTAMP(3) WITH TIME ZONE,
  files_seen        BIGINT      NOT NULL,
  files_done        BIGINT      NOT NULL,
  files_unchanged   BIGINT      NOT NULL,
  files_failed      BIGINT      NOT NULL,
  threads_created   BIGINT      NOT NULL,
  items             BIGINT      NOT NULL,
  quarantined_lines BIGINT      NOT NULL,
  bytes             BIGINT      NOT NULL,
  error             VARCHAR,              -- why it failed as a whole
  problems          VARCHAR     NOT NULL  -- a JSON array: the first files that were not taken as they are
);

-- ImportRows.page: newest first; ids are in the order of time.

-- What was taken of a file the last time: one that is as it was need not be read again. Safe to
-- empty; everything is compared then.
CREATE TABLE source_file (
  path        VARCHAR(4096) PRIMARY KEY,
  thread_id   UUID   NOT NULL,           -- may be deleted by now
  bytes       BIGINT NOT NULL,
  modified_at TIMESTAMP(3) WITH TIME ZONE NOT NULL
);
