-- Exclusion calendars, and what tasks know of them; when the last execution of a task with a delay ended.

ALTER TABLE schedule_task ADD COLUMN calendars MEDIUMTEXT;

ALTER TABLE schedule_task ADD COLUMN uses_calendars SMALLINT NOT NULL DEFAULT 0;

-- In units of 100 ns since 1970.
ALTER TABLE schedule_task ADD COLUMN ask_calendars_at BIGINT;

ALTER TABLE schedule_task ADD COLUMN last_end_at BIGINT;

CREATE INDEX schedule_task_calendars ON schedule_task (tenant, uses_calendars, id);

CREATE TABLE schedule_calendar (
    tenant VARCHAR(127) NOT NULL,
    calendar_name VARCHAR(127) NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0), -- 1 for the first; the deletion counts too
    definition MEDIUMTEXT,                -- JSON, as over HTTP; null where it was deleted, until that is purged
    updated_at BIGINT NOT NULL,
    untold SMALLINT NOT NULL CHECK (untold IN (0, 1)), -- whether tasks may not have heard of this revision
    PRIMARY KEY (tenant, calendar_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=/*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

CREATE INDEX schedule_calendar_untold ON schedule_calendar (untold, tenant, calendar_name);

CREATE INDEX schedule_calendar_purge ON schedule_calendar (updated_at);
