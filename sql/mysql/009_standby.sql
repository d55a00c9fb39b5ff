-- Servers that stand by are nodes too.
--
--   schedule_node.role  1 active, 2 standby

ALTER TABLE schedule_node ADD COLUMN role SMALLINT NOT NULL DEFAULT 1 CHECK (role IN (1, 2));
