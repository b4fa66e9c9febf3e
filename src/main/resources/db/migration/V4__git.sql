-- Runs on H2 (in its PostgreSQL mode) and on PostgreSQL.

-- Where the working directory of a thread stood in git when the thread began: a JSON object
-- {commitHash, branch, repositoryUrl}, null where its rollout does not say.
ALTER TABLE thread ADD COLUMN git VARCHAR;

-- Rollouts that others wrote tell more than their rows do: their model, and what their turns used.
-- A row that is behind its rollout is brought up when the service has started.
UPDATE thread SET rollout_bytes = rollout_bytes - 1 WHERE rollout_bytes > 1 AND model IS NULL;
