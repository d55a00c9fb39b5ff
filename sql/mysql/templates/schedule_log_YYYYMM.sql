-- What handlers logged in the executions that were created in one month of UTC. YYYYMM stands for it; the table is made ahead, and
-- dropped as a whole when its lines are old.
--
--   level   1 trace  2 debug  3 information  4 warning  5 error  6 critical
CREATE TABLE IF NOT EXISTS schedule_log_YYYYMM (
    execution_id VARCHAR(32) NOT NULL,
    sequence BIGINT NOT NULL,           -- time in units of 100 ns since 1970, and the order
    writer BIGINT NOT NULL,             -- the process that logged it
    logged_at BIGINT NOT NULL,          -- epoch milliseconds
    level SMALLINT NOT NULL CHECK (level BETWEEN 1 AND 6),
    attempt INT NOT NULL,
    fencing_token BIGINT NOT NULL,
    node VARCHAR(127) NOT NULL,
    db_name VARCHAR(127),                  -- of the shard
    db_table VARCHAR(127),
    category MEDIUMTEXT,
    message MEDIUMTEXT NOT NULL,
    exception MEDIUMTEXT,
    named_values MEDIUMTEXT,              -- JSON: what the message was made from
    PRIMARY KEY (execution_id, sequence, writer)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=/*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;
