-- What people say of tenants and nodes, and where executions of several tasks wait for each other.
-- A tenant of which nothing was ever said has no row. The row named * stands for all of them.

CREATE TABLE schedule_tenant (
    name text COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 127),
    state_version smallint NOT NULL,   -- shape of the JSON column
    version bigint NOT NULL CHECK (version > 0),
    write_id bigint NOT NULL,
    paused_at bigint,                -- null while it is not paused
    at_once integer CHECK (at_once > 0), -- executions at once; null where there is no limit
    state text NOT NULL            -- JSON: the exact time, who runs, who waits
) WITH (fillfactor = 70);

-- Since when it is to begin nothing more.
ALTER TABLE schedule_node ADD COLUMN drained_at bigint;

-- What every node reads with every beat.
CREATE INDEX schedule_tenant_orders ON schedule_tenant (name) WHERE paused_at IS NOT NULL OR at_once IS NOT NULL;
