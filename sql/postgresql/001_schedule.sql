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
    id bigint NOT NULL PRIMARY KEY CHECK (id > 0),
    tenant text COLLATE "C" NOT NULL CHECK (length(tenant) BETWEEN 1 AND 127),
    task_name text COLLATE "C" NOT NULL CHECK (length(task_name) BETWEEN 1 AND 127),
    task_type smallint NOT NULL CHECK (task_type BETWEEN 1 AND 2),
    definition text NOT NULL,         -- JSON, as over HTTP
    state_version smallint NOT NULL,   -- shape of the JSON columns
    version bigint NOT NULL CHECK (version > 0),
    write_id bigint NOT NULL,
    revision bigint NOT NULL,        -- changes by people
    total_version bigint NOT NULL,   -- executions so far; the round of a polling task
    status smallint NOT NULL CHECK (status BETWEEN 1 AND 3),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    watermark bigint,                -- the last occurrence that was decided
    next_at bigint,                  -- the next occurrence
    wake_at bigint,                  -- when it wants to be woken
    open_since bigint,               -- when the oldest open execution was decided on
    open_executions text,             -- JSON; null where there is none
    time_rest bigint NOT NULL,       -- next_at, watermark, updated_at, created_at
    CHECK ((open_since IS NULL) = (open_executions IS NULL))
) WITH (fillfactor = 70);

-- A name belongs to one living task; it is free again when the task is deleted.
CREATE UNIQUE INDEX schedule_task_living_name ON schedule_task (tenant, task_name) WHERE status <> 3;

CREATE INDEX schedule_task_name ON schedule_task (tenant, task_name, id);

CREATE INDEX schedule_task_wake ON schedule_task (wake_at, id) WHERE wake_at IS NOT NULL;

CREATE INDEX schedule_task_deleted ON schedule_task (updated_at, id) WHERE status = 3;

-- The shards (db/table) of polling tasks. They live across rounds.
CREATE TABLE schedule_task_item (
    task_id bigint NOT NULL CHECK (task_id > 0),
    id bigint NOT NULL CHECK (id > 0),
    tenant text COLLATE "C" NOT NULL CHECK (length(tenant) BETWEEN 1 AND 127),
    db_name text COLLATE "C" NOT NULL CHECK (length(db_name) BETWEEN 1 AND 127),
    db_table text COLLATE "C" NOT NULL CHECK (length(db_table) BETWEEN 1 AND 127),
    created_at bigint NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    write_id bigint NOT NULL,
    total_version bigint NOT NULL CHECK (total_version >= 0), -- the present or last round
    status smallint NOT NULL CHECK (status BETWEEN 1 AND 7),
    execution_id text CHECK (length(execution_id) = 32),       -- of that round
    fencing_token bigint NOT NULL,
    rewind_epoch bigint NOT NULL,
    cursor_time text,                 -- native values of the source as canonical text
    cursor_id text,
    bounded smallint NOT NULL CHECK (bounded IN (0, 1)),
    highest_id text,                  -- the upper bound of a full pass, where bounded is 1
    incremental smallint NOT NULL CHECK (incremental IN (0, 1)), -- whether the round reads what changed
    pass_from bigint,                 -- lower and upper bound of the round by the source's clock,
    pass_before bigint,               -- in units of 100 ns since 1970
    process_count bigint NOT NULL,   -- rows in the round
    page_count bigint NOT NULL,      -- pages in the round
    total_count bigint NOT NULL,     -- rows in all rounds
    attempt integer NOT NULL,
    retry_at bigint,
    node text CHECK (length(node) <= 127),
    error text,
    started_at bigint,
    updated_at bigint NOT NULL,
    time_rest bigint NOT NULL,       -- retry_at, started_at, created_at, updated_at
    PRIMARY KEY (task_id, id)
) WITH (fillfactor = 70);

CREATE UNIQUE INDEX schedule_task_item_name ON schedule_task_item (task_id, db_name, db_table);

CREATE INDEX schedule_task_item_round ON schedule_task_item (task_id, total_version, status);

CREATE TABLE schedule_execution (
    id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    task_id bigint NOT NULL CHECK (task_id > 0),
    tenant text COLLATE "C" NOT NULL CHECK (length(tenant) BETWEEN 1 AND 127),
    task_name text COLLATE "C" NOT NULL CHECK (length(task_name) BETWEEN 1 AND 127),
    trigger_kind smallint NOT NULL CHECK (trigger_kind BETWEEN 1 AND 2),
    total_version bigint NOT NULL,   -- number among the task's executions; a polling task's round
    scheduled_at bigint NOT NULL,
    created_at bigint NOT NULL,
    seed text NOT NULL,               -- JSON: what it was made from, the exact times included
    state_version smallint NOT NULL,   -- shape of the JSON columns
    version bigint NOT NULL CHECK (version > 0),
    write_id bigint NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 1 AND 8),
    attempt integer NOT NULL,
    fencing_token bigint NOT NULL,
    items_total integer NOT NULL,
    items_completed integer NOT NULL,
    items_running integer NOT NULL,
    items_failed integer NOT NULL,
    process_count bigint NOT NULL,   -- rows
    node text CHECK (length(node) <= 127),
    started_at bigint,
    ended_at bigint,
    wake_at bigint,                  -- when it wants to be woken
    state text,                       -- JSON: what is seldom set; null where nothing is
    result text,                      -- JSON
    error text,
    time_rest bigint NOT NULL,       -- wake_at, ended_at, started_at
    CHECK ((status >= 4) = (ended_at IS NOT NULL)),
    CHECK (status < 4 OR wake_at IS NULL)
) WITH (fillfactor = 70);

CREATE INDEX schedule_execution_list ON schedule_execution (tenant, scheduled_at DESC, id);

CREATE INDEX schedule_execution_task ON schedule_execution (task_id, scheduled_at DESC, id);

CREATE INDEX schedule_execution_wake ON schedule_execution (wake_at, id) WHERE wake_at IS NOT NULL;

CREATE INDEX schedule_execution_open ON schedule_execution (id) WHERE ended_at IS NULL;

CREATE INDEX schedule_execution_ended ON schedule_execution (ended_at, id) WHERE ended_at IS NOT NULL;

CREATE TABLE schedule_node (
    id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 127),
    address text NOT NULL,
    version text NOT NULL,
    started_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,    -- the database's time
    slots_total integer NOT NULL,
    slots_used integer NOT NULL,
    handlers text NOT NULL            -- JSON: their names
);
