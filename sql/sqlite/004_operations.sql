-- What people do with tasks and shards, and rows that were put aside.
--
--   schedule_execution.trigger_kind  3 retry

ALTER TABLE schedule_task ADD COLUMN quarantined TEXT;

ALTER TABLE schedule_task_item ADD COLUMN operation TEXT;

-- The kinds grow: a new column takes the place of the one whose CHECK knows two of them.
ALTER TABLE schedule_execution ADD COLUMN made_by INTEGER NOT NULL DEFAULT 1;

UPDATE schedule_execution SET made_by = trigger_kind;

ALTER TABLE schedule_execution DROP COLUMN trigger_kind;

ALTER TABLE schedule_execution RENAME COLUMN made_by TO trigger_kind;

CREATE TABLE schedule_dead_letter (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),                             -- follows from the shard and the row's cursor
    task_id INTEGER NOT NULL CHECK (task_id > 0),
    item_id INTEGER NOT NULL CHECK (item_id > 0),
    db_name TEXT NOT NULL,
    db_table TEXT NOT NULL,
    cursor_time TEXT,
    cursor_id TEXT,
    after_time TEXT,                    -- the cursor of the row before it
    after_id TEXT,
    total_version INTEGER NOT NULL,     -- the round that put it aside
    attempt INTEGER NOT NULL,           -- failed attempts, replays included
    error TEXT NOT NULL,
    source_row TEXT,                    -- JSON; null where the row could not be written so
    put_aside_at INTEGER NOT NULL
);

CREATE INDEX schedule_dead_letter_list ON schedule_dead_letter (task_id, put_aside_at, id);
