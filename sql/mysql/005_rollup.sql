-- Executions that have ended, by the hour in which they did, so that overviews need not read them one by one. Each is counted once:
-- those that ended before rolled_until are in schedule_rollup, the others where they stand.
--
--   status as in schedule_execution; durations in milliseconds
CREATE TABLE schedule_rollup (
    tenant VARCHAR(127) NOT NULL,
    hour BIGINT NOT NULL,               -- when it begins
    task_id BIGINT NOT NULL,
    status SMALLINT NOT NULL CHECK (status BETWEEN 4 AND 8),
    task_name VARCHAR(127) NOT NULL,
    execution_count BIGINT NOT NULL,
    started_count BIGINT NOT NULL,      -- those among them that had started
    duration_total BIGINT NOT NULL,     -- from start to end
    duration_max BIGINT NOT NULL,
    lateness_total BIGINT NOT NULL,     -- from the scheduled time to the start
    lateness_max BIGINT NOT NULL,
    process_count BIGINT NOT NULL,      -- rows
    PRIMARY KEY (tenant, hour, task_id, status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=/*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

CREATE INDEX schedule_rollup_task ON schedule_rollup (task_name, hour);

CREATE INDEX schedule_rollup_hour ON schedule_rollup (hour);

CREATE TABLE schedule_rollup_mark (
    id SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
    rolled_until BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=/*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

INSERT IGNORE INTO schedule_rollup_mark (id, rolled_until) VALUES (1, 0);
