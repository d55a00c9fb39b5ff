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
    id INTEGER NOT NULL PRIMARY KEY CHECK (id > 0),
    tenant TEXT NOT NULL CHECK (length(tenant) BETWEEN 1 AND 127),
    task_name TEXT NOT NULL CHECK (length(task_name) BETWEEN 1 AND 127),
    task_type INTEGER NOT NULL CHECK (task_type BETWEEN 1 AND 2),
    definition TEXT NOT NULL,         -- JSON, as over HTTP
    state_version INTEGER NOT NULL,   -- shape of the JSON columns
    version INTEGER NOT NULL CHECK (version > 0),
    write_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,        -- changes by people
    total_version INTEGER NOT NULL,   -- executions so far; the round of a polling task
    status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 3),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    watermark INTEGER,                -- the last occurrence that was decided
    next_at INTEGER,                  -- the next occurrence
    wake_at INTEGER,                  -- when it wants to be woken
    open_since INTEGER,               -- when the oldest open execution was decided on
    open_executions TEXT,             -- JSON; null where there is none
    time_rest INTEGER NOT NULL,       -- next_at, watermark, updated_at, created_at
    CHECK ((open_since IS NULL) = (open_executions IS NULL))
);

-- A name belongs to one living task; it is free again when the task is deleted.
CREATE UNIQUE INDEX schedule_task_living_name ON schedule_task (tenant, task_name) WHERE status <> 3;

CREATE INDEX schedule_task_name ON schedule_task (tenant, task_name, id);

CREATE INDEX schedule_task_wake ON schedule_task (wake_at, id) WHERE wake_at IS NOT NULL;

CREATE INDEX schedule_task_deleted ON schedule_task (updated_at, id) WHERE status = 3;

-- The shards (db/table) of polling tasks. They live across rounds.
CREATE TABLE schedule_task_item (
    task_id INTEGER NOT NULL CHECK (task_id > 0),
    id INTEGER NOT NULL CHECK (id > 0),
    tenant TEXT NOT NULL CHECK (length(tenant) BETWEEN 1 AND 127),
    db_name TEXT NOT NULL CHECK (length(db_name) BETWEEN 1 AND 127),
    db_table TEXT NOT NULL CHECK (length(db_table) BETWEEN 1 AND 127),
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    write_id INTEGER NOT NULL,
    total_version INTEGER NOT NULL CHECK (total_version >= 0), -- the present or last round
    status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 7),
    execution_id TEXT CHECK (length(execution_id) = 32),       -- of that round
    fencing_token INTEGER NOT NULL,
    rewind_epoch INTEGER NOT NULL,
    cursor_time TEXT,                 -- native values of the source as canonical text
    cursor_id TEXT,
    bounded INTEGER NOT NULL CHECK (bounded IN (0, 1)),
    highest_id TEXT,                  -- the upper bound of a full pass, where bounded is 1
    incremental INTEGER NOT NULL CHECK (incremental IN (0, 1)), -- whether the round reads what changed
    pass_from INTEGER,                 -- lower and upper bound of the round by the source's clock,
    pass_before INTEGER,               -- in units of 100 ns since 1970
    process_count INTEGER NOT NULL,   -- rows in the round
    page_count INTEGER NOT NULL,      -- pages in the round
    total_count INTEGER NOT NULL,     -- rows in all rounds
    attempt INTEGER NOT NULL,
    retry_at INTEGER,
    node TEXT CHECK (length(node) <= 127),
    error TEXT,
    started_at INTEGER,
    updated_at INTEGER NOT NULL,
    time_rest INTEGER NOT NULL,       -- retry_at, started_at, created_at, updated_at
    PRIMARY KEY (task_id, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX schedule_task_item_name ON schedule_task_item (task_id, db_name, db_table);

CREATE INDEX schedule_task_item_round ON schedule_task_item (task_id, total_version, status);

CREATE TABLE schedule_execution (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    task_id INTEGER NOT NULL CHECK (task_id > 0),
    tenant TEXT NOT NULL CHECK (length(tenant) BETWEEN 1 AND 127),
    task_name TEXT NOT NULL CHECK (length(task_name) BETWEEN 1 AND 127),
    trigger_kind INTEGER NOT NULL CHECK (trigger_kind BETWEEN 1 AND 2),
    total_version INTEGER NOT NULL,   -- number among the task's executions; a polling task's round
    scheduled_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    seed TEXT NOT NULL,               -- JSON: what it was made from, the exact times included
    state_version INTEGER NOT NULL,   -- shape of the JSON columns
    version INTEGER NOT NULL CHECK (version > 0),
    write_id INTEGER NOT NULL,
    status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 8),
    attempt INTEGER NOT NULL,
    fencing_token INTEGER NOT NULL,
    items_total INTEGER NOT NULL,
    items_completed INTEGER NOT NULL,
    items_running INTEGER NOT NULL,
    items_failed INTEGER NOT NULL,
    process_count INTEGER NOT NULL,   -- rows
    node TEXT CHECK (length(node) <= 127),
    started_at INTEGER,
    ended_at INTEGER,
    wake_at INTEGER,                  -- when it wants to be woken
    state TEXT,                       -- JSON: what is seldom set; null where nothing is
    result TEXT,                      -- JSON
    error TEXT,
    time_rest INTEGER NOT NULL,       -- wake_at, ended_at, started_at
    CHECK ((status >= 4) = (ended_at IS NOT NULL)),
    CHECK (status < 4 OR wake_at IS NULL)
);

CREATE INDEX schedule_execution_list ON schedule_execution (tenant, scheduled_at DESC, id);

CREATE INDEX schedule_execution_task ON schedule_execution (task_id, scheduled_at DESC, id);

CREATE INDEX schedule_execution_wake ON schedule_execution (wake_at, id) WHERE wake_at IS NOT NULL;

-- Both the open ones (null) by id, and the ended ones in the order they are purged in.
CREATE INDEX schedule_execution_ended ON schedule_execution (ended_at, id);

CREATE TABLE schedule_node (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 127),
    address TEXT NOT NULL,
    version TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,    -- the database's time
    slots_total INTEGER NOT NULL,
    slots_used INTEGER NOT NULL,
    handlers TEXT NOT NULL            -- JSON: their names
);
