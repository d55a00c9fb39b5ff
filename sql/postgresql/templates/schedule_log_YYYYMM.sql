-- What handlers logged in the executions that were created in one month of UTC. YYYYMM stands for it; the table is made ahead, and
-- dropped as a whole when its lines are old.
--
--   level   1 trace  2 debug  3 information  4 warning  5 error  6 critical
CREATE TABLE IF NOT EXISTS schedule_log_YYYYMM (
    execution_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,           -- time in units of 100 ns since 1970, and the order
    writer bigint NOT NULL,             -- the process that logged it
    logged_at bigint NOT NULL,          -- epoch milliseconds
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 6),
    attempt integer NOT NULL,
    fencing_token bigint NOT NULL,
    node text COLLATE "C" NOT NULL,
    db_name text COLLATE "C",                  -- of the shard
    db_table text COLLATE "C",
    category text,
    message text NOT NULL,
    exception text,
    named_values text,              -- JSON: what the message was made from
    PRIMARY KEY (execution_id, sequence, writer)
);
