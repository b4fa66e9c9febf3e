-- Runs on H2 (in its PostgreSQL mode) and on PostgreSQL.

-- Whether every line of the rollout states its ordinal, each greater than the one before: then a
-- line is found by binary search. Derived from the rollout.
ALTER TABLE thread ADD COLUMN ordered BOOLEAN DEFAULT FALSE NOT NULL;

-- When the thread got its name, or lost it: of two names the later one wins. Null where it never
-- had one, or where the time is not known.
ALTER TABLE thread ADD COLUMN named_at TIMESTAMP(3) WITH TIME ZONE;
