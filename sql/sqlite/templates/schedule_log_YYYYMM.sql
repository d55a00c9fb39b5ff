-- What handlers logged in the executions that were created in one month of UTC. YYYYMM stands for it; the table is made ahead, and
-- dropped as a whole when its lines are old.
--
--   level   1 trace  2 debug  3 information  4 warning  5 error  6 critical
CREATE TABLE IF NOT EXISTS schedule_log_YYYYMM (
    execution_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,           -- time in units of 100 ns since 1970, and the order
    writer INTEGER NOT NULL,             -- the process that logged it
    logged_at INTEGER NOT NULL,          -- epoch milliseconds
    level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 6),
    attempt INTEGER NOT NULL,
    fencing_token INTEGER NOT NULL,
    node TEXT NOT NULL,
    db_name TEXT,                  -- of the shard
    db_table TEXT,
    category TEXT,
    message TEXT NOT NULL,
    exception TEXT,
    named_values TEXT,              -- JSON: what the message was made from
    PRIMARY KEY (execution_id, sequence, writer)
) WITHOUT ROWID;
