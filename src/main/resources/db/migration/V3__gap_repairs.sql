-- A gap that was repaired stays for those who repeat the repair. The reason of one that was found as
-- a hole in the ordinals, after the state-db had lost it, is 'unknown'.
ALTER TABLE gap ADD COLUMN repaired_at TIMESTAMP(3) WITH TIME ZONE;
