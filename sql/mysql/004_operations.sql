-- What people do with tasks and shards, and rows that were put aside.
--
--   schedule_execution.trigger_kind  3 retry

ALTER TABLE schedule_task ADD COLUMN quarantined MEDIUMTEXT;

ALTER TABLE schedule_task_item ADD COLUMN operation MEDIUMTEXT;

-- The kinds grow: a new column takes the place of the one whose CHECK knows two of them.
ALTER TABLE schedule_execution ADD COLUMN made_by SMALLINT NOT NULL DEFAULT 1;

UPDATE schedule_execution SET made_by = trigger_kind;

ALTER TABLE schedule_execution DROP COLUMN trigger_kind;

ALTER TABLE schedule_execution RENAME COLUMN made_by TO trigger_kind;

CREATE TABLE schedule_dead_letter (
    id VARCHAR(32) NOT NULL PRIMARY KEY,                             -- follows from the shard and the row's cursor
    task_id BIGINT NOT NULL CHECK (task_id > 0),
    item_id BIGINT NOT NULL CHECK (item_id > 0),
    db_name VARCHAR(127) NOT NULL,
    db_table VARCHAR(127) NOT NULL,
    cursor_time MEDIUMTEXT,
    cursor_id MEDIUMTEXT,
    after_time MEDIUMTEXT,                    -- the cursor of the row before it
    after_id MEDIUMTEXT,
    total_version BIGINT NOT NULL,     -- the round that put it aside
    attempt INT NOT NULL,           -- failed attempts, replays included
    error MEDIUMTEXT NOT NULL,
    source_row MEDIUMTEXT,                    -- JSON; null where the row could not be written so
    put_aside_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX schedule_dead_letter_list ON schedule_dead_letter (task_id, put_aside_at, id);
