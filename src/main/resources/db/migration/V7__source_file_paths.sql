-- Runs on H2 (in its PostgreSQL mode) and on PostgreSQL, which cannot index texts of more than 2700
-- bytes: a path is looked for among the files of its thread, which are few.
CREATE TABLE taken_file (
  path        VARCHAR NOT NULL,
  thread_id   UUID    NOT NULL,          -- may be deleted by now
  bytes       BIGINT  NOT NULL,
  modified_at TIMESTAMP(3) WITH TIME ZONE NOT NULL
);

INSERT INTO taken_file (path, thread_id, bytes, modified_at)
SELECT path, thread_id, bytes, modified_at FROM source_file;

DROP TABLE source_file;
ALTER TABLE taken_file RENAME TO source_file;

-- SourceFileRows: whether a file was taken as it is, and whether any file of a thread was.
CREATE INDEX source_file_by_thread ON source_file (thread_id);
