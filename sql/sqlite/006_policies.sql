-- What people say of tenants and nodes, and where executions of several tasks wait for each other.
-- A tenant of which nothing was ever said has no row. The row named * stands for all of them.

CREATE TABLE schedule_tenant (
    name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 127),
    state_version INTEGER NOT NULL,   -- shape of the JSON column
    version INTEGER NOT NULL CHECK (version > 0),
    write_id INTEGER NOT NULL,
    paused_at INTEGER,                -- null while it is not paused
    at_once INTEGER CHECK (at_once > 0), -- executions at once; null where there is no limit
    state TEXT NOT NULL            -- JSON: the exact time, who runs, who waits
);

-- Since when it is to begin nothing more.
ALTER TABLE schedule_node ADD COLUMN drained_at INTEGER;

-- What every node reads with every beat.
CREATE INDEX schedule_tenant_orders ON schedule_tenant (name) WHERE paused_at IS NOT NULL OR at_once IS NOT NULL;
