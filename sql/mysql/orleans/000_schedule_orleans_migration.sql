-- What has been applied of the files in this folder, statement by statement. Run at every start of a cluster's node.
CREATE TABLE IF NOT EXISTS schedule_orleans_migration (
    number BIGINT NOT NULL,          -- of the file
    statement BIGINT NOT NULL,       -- within the file, from 1
    name VARCHAR(255) NOT NULL,               -- of the file
    checksum CHAR(64) NOT NULL,           -- SHA-256 of the statement without its comments
    applied_at BIGINT NOT NULL,      -- epoch milliseconds
    PRIMARY KEY (number, statement)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
