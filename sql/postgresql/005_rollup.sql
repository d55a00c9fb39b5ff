-- Executions that have ended, by the hour in which they did, so that overviews need not read them one by one. Each is counted once:
-- those that ended before rolled_until are in schedule_rollup, the others where they stand.
--
--   status as in schedule_execution; durations in milliseconds
CREATE TABLE schedule_rollup (
    tenant text COLLATE "C" NOT NULL,
    hour bigint NOT NULL,               -- when it begins
    task_id bigint NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 4 AND 8),
    task_name text COLLATE "C" NOT NULL,
    execution_count bigint NOT NULL,
    started_count bigint NOT NULL,      -- those among them that had started
    duration_total bigint NOT NULL,     -- from start to end
    duration_max bigint NOT NULL,
    lateness_total bigint NOT NULL,     -- from the scheduled time to the start
    lateness_max bigint NOT NULL,
    process_count bigint NOT NULL,      -- rows
    PRIMARY KEY (tenant, hour, task_id, status)
);

CREATE INDEX schedule_rollup_task ON schedule_rollup (task_name, hour);

CREATE INDEX schedule_rollup_hour ON schedule_rollup (hour);

CREATE TABLE schedule_rollup_mark (
    id smallint NOT NULL PRIMARY KEY CHECK (id = 1),
    rolled_until bigint NOT NULL
);

INSERT INTO schedule_rollup_mark (id, rolled_until) VALUES (1, 0);
