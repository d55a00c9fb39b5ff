-- What people say of tenants and nodes, and where executions of several tasks wait for each other.
-- A tenant of which nothing was ever said has no row. The row named * stands for all of them.

CREATE TABLE schedule_tenant (
    name VARCHAR(127) NOT NULL PRIMARY KEY CHECK (name <> ''),
    state_version SMALLINT NOT NULL,   -- shape of the JSON column
    version BIGINT NOT NULL CHECK (version > 0),
    write_id BIGINT NOT NULL,
    paused_at BIGINT,                -- null while it is not paused
    at_once INT CHECK (at_once > 0), -- executions at once; null where there is no limit
    state MEDIUMTEXT NOT NULL            -- JSON: the exact time, who runs, who waits
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=/*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

-- Since when it is to begin nothing more.
ALTER TABLE schedule_node ADD COLUMN drained_at BIGINT;
