-- What has been applied, statement by statement. Run at every start.
CREATE TABLE IF NOT EXISTS schedule_migration (
    number INTEGER NOT NULL,          -- of the file
    statement INTEGER NOT NULL,       -- within the file, from 1
    name TEXT NOT NULL,               -- of the file
    checksum TEXT NOT NULL,           -- SHA-256 of the statement without its comments
    applied_at INTEGER NOT NULL,      -- epoch milliseconds
    PRIMARY KEY (number, statement)
) WITHOUT ROWID;
