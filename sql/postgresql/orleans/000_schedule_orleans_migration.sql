-- What has been applied of the files in this folder, statement by statement. Run at every start of a cluster's node.
CREATE TABLE IF NOT EXISTS schedule_orleans_migration (
    number bigint NOT NULL,          -- of the file
    statement bigint NOT NULL,       -- within the file, from 1
    name text NOT NULL,               -- of the file
    checksum text NOT NULL,           -- SHA-256 of the statement without its comments
    applied_at bigint NOT NULL,      -- epoch milliseconds
    PRIMARY KEY (number, statement)
);
