-- Runs on H2 (in its PostgreSQL mode) and on PostgreSQL, which differ in how they store
-- generated columns. Times are kept to the millisecond. PostgreSQL indexes texts of up to 2 700 bytes.

-- One row per thread, derived from its rollout; safe to drop and rebuild.
CREATE TABLE thread (
  id                UUID PRIMARY KEY,
  name              VARCHAR,
  preview           VARCHAR,
  source            VARCHAR,
  cwd               VARCHAR,
  model             VARCHAR,
  model_provider    VARCHAR,
  cli_version       VARCHAR,
  metadata          VARCHAR,               -- a JSON object, as it was sent
  persistence       VARCHAR(16)  NOT NULL, -- bestEffort, required
  tenant            VARCHAR,               -- of the owner; null if there is no owner
  principal         VARCHAR,               -- of the owner; null if there is no owner
  forked_from_id    UUID,
  created_at        TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  updated_at        TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  archived_at       TIMESTAMP(3) WITH TIME ZONE,
  turn_count        INTEGER      NOT NULL,
  active_turn_id    UUID,
  item_count        BIGINT       NOT NULL,
  next_ordinal      BIGINT       NOT NULL,
  open_gaps         INTEGER      NOT NULL,
  rollout_path      VARCHAR      NOT NULL, -- below the data-dir
  rollout_bytes     BIGINT       NOT NULL,
  compressed_bytes  BIGINT,                -- on the disk; null where it is not compressed
  recorder_removed  BOOLEAN      NOT NULL, -- shut down or discarded, and not resumed since
  revision          INTEGER      NOT NULL, -- goes up with name, metadata and archived
  own_usage         VARCHAR,               -- a JSON object: the sum of what its turns used
  inherited_usage   VARCHAR,               -- the same for the turns that a fork has from its parent
  usage_timeline    VARCHAR,               -- its own turns and their tokens by time, see UsageTimeline
  git               VARCHAR,               -- a JSON object {commitHash, branch, repositoryUrl}
  pinned            BOOLEAN      NOT NULL, -- left alone by retention
  kind              VARCHAR(16)  NOT NULL, -- thread, subagent, review
  parent_thread_id  UUID,                  -- the thread that started it
  inherited_through BIGINT,                -- last ordinal that it has from its parent
  reading           INTEGER      NOT NULL, -- version of what was read from the rollout
  ordered           BOOLEAN      NOT NULL, -- each line states an ordinal, greater than the one before
  named_at          TIMESTAMP(3) WITH TIME ZONE, -- of two names the later one wins
  -- What filters of lists look up; the whole value is compared afterwards.
  source_key        VARCHAR GENERATED ALWAYS AS (LEFT(source, 200)) ${stored},
  model_key         VARCHAR GENERATED ALWAYS AS (LEFT(model, 200)) ${stored},
  cwd_key           VARCHAR                -- the same for all spellings of a directory
);

-- Each serves one order of ThreadListing or RetentionRepository; the id makes the order total.
CREATE INDEX thread_by_updated ON thread (updated_at, id);
CREATE INDEX thread_by_created ON thread (created_at, id);
CREATE INDEX thread_by_tenant ON thread (tenant, updated_at, id);
CREATE INDEX thread_by_archived ON thread (archived_at, id);

-- Filters of ThreadListing. No column that appends change is in more of them than necessary.
CREATE INDEX thread_by_parent ON thread (forked_from_id);
CREATE INDEX thread_by_starter ON thread (parent_thread_id);
CREATE INDEX thread_by_source ON thread (source_key, archived_at, kind, id);
CREATE INDEX thread_by_model ON thread (model_key, archived_at, kind, id);
CREATE INDEX thread_by_cwd ON thread (cwd_key, archived_at, kind, id);
CREATE INDEX thread_by_gaps ON thread (open_gaps, id);
CREATE INDEX thread_by_kind ON thread (kind, id);
CREATE INDEX thread_by_pin ON thread (pinned, id);

-- One row per turn, derived like its thread. A fork by copy has its parent's turns under their ids,
-- so an id is unique within its thread only.
CREATE TABLE turn (
  thread_id          UUID        NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
  id                 UUID        NOT NULL,
  status             VARCHAR(16) NOT NULL, -- inProgress, completed, failed, interrupted
  started_at         TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  completed_at       TIMESTAMP(3) WITH TIME ZONE,
  first_ordinal      BIGINT      NOT NULL,
  last_ordinal       BIGINT      NOT NULL,
  item_count         BIGINT      NOT NULL,
  skipped_item_count BIGINT      NOT NULL,
  error              VARCHAR,              -- JSON, as it was sent
  usage_json         VARCHAR,              -- JSON, as it was sent
  metadata           VARCHAR,              -- a JSON object, as it was sent
  PRIMARY KEY (thread_id, id)
);

-- TurnRepository.page: a thread's turns in their order.
CREATE INDEX turn_by_ordinal ON turn (thread_id, first_ordinal);

-- Runs of ordinals that history lacks. A gap that was repaired stays for those who repeat the repair.
CREATE TABLE gap (
  id            UUID        PRIMARY KEY,
  thread_id     UUID        NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
  turn_id       UUID,
  first_ordinal BIGINT      NOT NULL,
  next_ordinal  BIGINT      NOT NULL, -- exclusive
  reason        VARCHAR(32) NOT NULL, -- a SkipReason, or 'unknown'
  recorded_at   TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  repaired_at   TIMESTAMP(3) WITH TIME ZONE
);

-- GapRepository: what a thread lacks, in order.
CREATE INDEX gap_by_ordinal ON gap (thread_id, first_ordinal);

-- GapListing: the open gaps of all threads, in the order in which they were recorded.
CREATE INDEX gap_by_time ON gap (repaired_at, recorded_at, id);

-- One row per import, in the order of their ids, so that it goes on after a restart. Counts are
-- those of the last time that it was noted, about once a second.
CREATE TABLE import (
  id                UUID        PRIMARY KEY,
  kind              VARCHAR(16) NOT NULL, -- path, upload
  path              VARCHAR     NOT NULL, -- as it was asked for; of an upload, its name
  status            VARCHAR(16) NOT NULL, -- queued, running, done, cancelled, failed
  tenant            VARCHAR,              -- of the caller that requested it; null without one
  principal         VARCHAR,              -- of that caller
  created_at        TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  started_at        TIMESTAMP(3) WITH TIME ZONE,
  ended_at          TIMESTAMP(3) WITH TIME ZONE,
  files_seen        BIGINT      NOT NULL,
  files_done        BIGINT      NOT NULL,
  files_unchanged   BIGINT      NOT NULL,
  files_failed      BIGINT      NOT NULL,
  files_deleted     BIGINT      NOT NULL, -- passed over, as their threads were deleted here
  threads_created   BIGINT      NOT NULL,
  items             BIGINT      NOT NULL,
  quarantined_lines BIGINT      NOT NULL,
  bytes             BIGINT      NOT NULL,
  error             VARCHAR,              -- why it failed as a whole
  problems          VARCHAR     NOT NULL, -- a JSON array: the first files that were not taken as they are
  replica           UUID,                 -- that runs it; null for none. Only this one changes the row
  cancelled         BOOLEAN     DEFAULT FALSE NOT NULL -- whether a client asked for that
);

-- What was taken of a file the last time: one that is as it was need not be read again. Safe to
-- empty; everything is compared then. A path is too long for an index: it is looked for among the
-- files of its thread, which are few.
CREATE TABLE source_file (
  path        VARCHAR NOT NULL,
  thread_id   UUID    NOT NULL, -- may be deleted by now
  bytes       BIGINT  NOT NULL,
  modified_at TIMESTAMP(3) WITH TIME ZONE NOT NULL
);

CREATE INDEX source_file_by_thread ON source_file (thread_id);
