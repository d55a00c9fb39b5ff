-- Times are epoch milliseconds, UTC. What lies below the millisecond is packed into time_rest: four decimal digits
-- (units of 100 ns) for each time, the last named lowest. Zero is never a status.
--
--   schedule_task.status        1 enabled  2 paused  3 deleted
--   schedule_task.task_type     1 code  2 polling
--   schedule_execution.status   1 waiting  2 running  3 retrying  4 succeeded  5 failed  6 timed out  7 cancelled  8 skipped
--   schedule_execution.trigger_kind  1 schedule  2 manual
--   schedule_task_item.status   1 idle  2 running  3 paused  4 completed  5 failed  6 cancelled  7 gone
--
-- version is the optimistic version of a row and nothing else; write_id says which write made it so.
-- Neither updated_at nor version is indexed: a checkpoint changes them, and no index should feel it.

CREATE TABLE schedule_task (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id > 0),
    tenant VARCHAR(127) NOT NULL CHECK (tenant <> ''),
    task_name VARCHAR(127) NOT NULL CHECK (task_name <> ''),
    task_type SMALLINT NOT NULL CHECK (task_type BETWEEN 1 AND 2),
    definition MEDIUMTEXT NOT NULL,         -- JSON, as over HTTP
    state_version SMALLINT NOT NULL,   -- shape of the JSON columns
    version BIGINT NOT NULL CHECK (version > 0),
    write_id BIGINT NOT NULL,
    revision BIGINT NOT NULL,        -- changes by people
    total_version BIGINT NOT NULL,   -- executions so far; the round of a polling task
    status SMALLINT NOT NULL CHECK (status BETWEEN 1 AND 3),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    watermark BIGINT,                -- the last occurrence that was decided
    next_at BIGINT,                  -- the next occurrence
    wake_at BIGINT,                  -- when it wants to be woken
    open_since BIGINT,               -- when the oldest open execution was decided on
    open_executions MEDIUMTEXT,             -- JSON; null where there is none
    time_rest BIGINT NOT NULL,       -- next_at, watermark, updated_at, created_at
    living_name VARCHAR(127) AS (CASE WHEN status <> 3 THEN task_name END) STORED,
    CHECK ((open_since IS NULL) = (open_executions IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A name belongs to one living task; it is free again when the task is deleted.
CREATE UNIQUE INDEX schedule_task_living_name ON schedule_task (tenant, living_name);

CREATE INDEX schedule_task_name ON schedule_task (tenant, task_name, id);

CREATE INDEX schedule_task_wake ON schedule_task (wake_at, id);

CREATE INDEX schedule_task_deleted ON schedule_task (status, updated_at, id);

-- The shards (db/table) of polling tasks. They live across rounds.
CREATE TABLE schedule_task_item (
    task_id BIGINT NOT NULL CHECK (task_id > 0),
    id BIGINT NOT NULL CHECK (id > 0),
    tenant VARCHAR(127) NOT NULL CHECK (tenant <> ''),
    db_name VARCHAR(127) NOT NULL CHECK (db_name <> ''),
    db_table VARCHAR(127) NOT NULL CHECK (db_table <> ''),
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    write_id BIGINT NOT NULL,
    total_version BIGINT NOT NULL CHECK (total_version >= 0), -- the present or last round
    status SMALLINT NOT NULL CHECK (status BETWEEN 1 AND 7),
    execution_id VARCHAR(32) CHECK (char_length(execution_id) = 32),       -- of that round
    fencing_token BIGINT NOT NULL,
    rewind_epoch BIGINT NOT NULL,
    cursor_time MEDIUMTEXT,                 -- native values of the source as canonical text
    cursor_id MEDIUMTEXT,
    bounded SMALLINT NOT NULL CHECK (bounded IN (0, 1)),
    highest_id MEDIUMTEXT,                  -- the upper bound of a full pass, where bounded is 1
    incremental SMALLINT NOT NULL CHECK (incremental IN (0, 1)), -- whether the round reads what changed
    pass_from BIGINT,                 -- lower and upper bound of the round by the source's clock,
    pass_before BIGINT,               -- in units of 100 ns since 1970
    process_count BIGINT NOT NULL,   -- rows in the round
    page_count BIGINT NOT NULL,      -- pages in the round
    total_count BIGINT NOT NULL,     -- rows in all rounds
    attempt INT NOT NULL,
    retry_at BIGINT,
    node VARCHAR(127),
    error MEDIUMTEXT,
    started_at BIGINT,
    updated_at BIGINT NOT NULL,
    time_rest BIGINT NOT NULL,       -- retry_at, started_at, created_at, updated_at
    PRIMARY KEY (task_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX schedule_task_item_name ON schedule_task_item (task_id, db_name, db_table);

CREATE INDEX schedule_task_item_round ON schedule_task_item (task_id, total_version, status);

CREATE TABLE schedule_execution (
    id VARCHAR(32) NOT NULL PRIMARY KEY CHECK (char_length(id) = 32),
    task_id BIGINT NOT NULL CHECK (task_id > 0),
    tenant VARCHAR(127) NOT NULL CHECK (tenant <> ''),
    task_name VARCHAR(127) NOT NULL CHECK (task_name <> ''),
    trigger_kind SMALLINT NOT NULL CHECK (trigger_kind BETWEEN 1 AND 2),
    total_version BIGINT NOT NULL,   -- number among the task's executions; a polling task's round
    scheduled_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    seed MEDIUMTEXT NOT NULL,               -- JSON: what it was made from, the exact times included
    state_version SMALLINT NOT NULL,   -- shape of the JSON columns
    version BIGINT NOT NULL CHECK (version > 0),
    write_id BIGINT NOT NULL,
    status SMALLINT NOT NULL CHECK (status BETWEEN 1 AND 8),
    attempt INT NOT NULL,
    fencing_token BIGINT NOT NULL,
    items_total INT NOT NULL,
    items_completed INT NOT NULL,
    items_running INT NOT NULL,
    items_failed INT NOT NULL,
    process_count BIGINT NOT NULL,   -- rows
    node VARCHAR(127),
    started_at BIGINT,
    ended_at BIGINT,
    wake_at BIGINT,                  -- when it wants to be woken
    state MEDIUMTEXT,                       -- JSON: what is seldom set; null where nothing is
    result MEDIUMTEXT,                      -- JSON
    error MEDIUMTEXT,
    time_rest BIGINT NOT NULL,       -- wake_at, ended_at, started_at
    CHECK ((status >= 4) = (ended_at IS NOT NULL)),
    CHECK (status < 4 OR wake_at IS NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX schedule_execution_list ON schedule_execution (tenant, scheduled_at DESC, id);

CREATE INDEX schedule_execution_task ON schedule_execution (task_id, scheduled_at DESC, id);

CREATE INDEX schedule_execution_wake ON schedule_execution (wake_at, id);

-- Both the open ones (null) by id, and the ended ones in the order they are purged in.
CREATE INDEX schedule_execution_ended ON schedule_execution (ended_at, id);

CREATE TABLE schedule_node (
    id VARCHAR(127) NOT NULL PRIMARY KEY CHECK (id <> ''),
    address VARCHAR(255) NOT NULL,
    version VARCHAR(127) NOT NULL,
    started_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,    -- the database's time
    slots_total INT NOT NULL,
    slots_used INT NOT NULL,
    handlers MEDIUMTEXT NOT NULL            -- JSON: their names
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
