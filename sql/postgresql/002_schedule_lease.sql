-- Who of several standalone servers is active: one row. Times are the database's, epoch milliseconds.
CREATE TABLE schedule_lease (
    epoch bigint NOT NULL PRIMARY KEY, -- grows whenever another becomes active; a key, so that renewals do not wait for commits
    holder text NOT NULL,
    address text NOT NULL,             -- where people find the holder
    sessions text NOT NULL,            -- the application name of its connections
    expires_at bigint NOT NULL
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX schedule_lease_only ON schedule_lease ((true));

INSERT INTO schedule_lease (epoch, holder, address, sessions, expires_at) VALUES (0, '', '', '', 0);

-- The first statement of every transaction of an active server. Whoever takes the lease waits for the transactions that it lets pass.
CREATE PROCEDURE schedule_require_epoch(expected bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM schedule_lease WHERE epoch = expected FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'expected epoch % in the lease, it has another', expected USING ERRCODE = 'SE001';
    END IF;
END
$$;
