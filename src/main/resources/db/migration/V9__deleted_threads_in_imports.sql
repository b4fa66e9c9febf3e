-- Runs on H2 (in its PostgreSQL mode) and on PostgreSQL.

-- Files that an import passed over, as their threads were deleted here.
ALTER TABLE import ADD COLUMN files_deleted BIGINT NOT NULL DEFAULT 0;
