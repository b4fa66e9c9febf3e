-- Runs on H2 (in its PostgreSQL mode) and on PostgreSQL. Times are kept to the millisecond.

-- One row per thread, derived from its rollout; safe to drop and rebuild.
CREATE TABLE thread (
  id               UUID PRIMARY KEY,
  name             VARCHAR,
  preview          VARCHAR,
  source           VARCHAR,
  cwd              VARCHAR,
  model            VARCHAR,
  model_provider   VARCHAR,
  cli_version      VARCHAR,
  metadata         VARCHAR,               -- a JSON object, as it was sent
  persistence      VARCHAR(16)  NOT NULL, -- bestEffort, required
  forked_from_id   UUID,
  created_at       TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  updated_at       TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  archived_at      TIMESTAMP(3) WITH TIME ZONE,
  turn_count       INTEGER      NOT NULL,
  active_turn_id   UUID,
  item_count       BIGINT       NOT NULL,
  next_ordinal     BIGINT       NOT NULL,
  open_gaps        INTEGER      NOT NULL,
  rollout_path     VARCHAR      NOT NULL, -- below the data-dir
  rollout_bytes    BIGINT       NOT NULL,
  recorder_removed BOOLEAN      NOT NULL, -- shut down or discarded, and not resumed since
  revision         INTEGER      NOT NULL  -- goes up with name, metadata and archived: the ETag
);

-- Each serves one sort order of ThreadListing; the id makes the order total.
CREATE INDEX thread_by_updated ON thread (updated_at, id);
CREATE INDEX thread_by_created ON thread (created_at, id);

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

-- TurnRows.page: a thread's turns in their order.
CREATE INDEX turn_by_ordinal ON turn (thread_id, first_ordinal);

-- Runs of ordinals that history lacks. Not derived: this table is the only place that says why.
CREATE TABLE gap (
  id            UUID        PRIMARY KEY,
  thread_id     UUID        NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
  turn_id       UUID,
  first_ordinal BIGINT      NOT NULL,
  next_ordinal  BIGINT      NOT NULL, -- exclusive
  reason        VARCHAR(32) NOT NULL, -- a SkipReason
  recorded_at   TIMESTAMP(3) WITH TIME ZONE NOT NULL
);

-- GapRows: what a thread lacks, in order.
CREATE INDEX gap_by_ordinal ON gap (thread_id, first_ordinal);
