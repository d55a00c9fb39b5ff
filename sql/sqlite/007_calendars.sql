-- Exclusion calendars, and what tasks know of them; when the last execution of a task with a delay ended.

ALTER TABLE schedule_task ADD COLUMN calendars TEXT;

ALTER TABLE schedule_task ADD COLUMN uses_calendars INTEGER NOT NULL DEFAULT 0;

-- In units of 100 ns since 1970.
ALTER TABLE schedule_task ADD COLUMN ask_calendars_at INTEGER;

ALTER TABLE schedule_task ADD COLUMN last_end_at INTEGER;

CREATE INDEX schedule_task_calendars ON schedule_task (tenant, id) WHERE uses_calendars = 1;

CREATE TABLE schedule_calendar (
    tenant TEXT NOT NULL,
    calendar_name TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0), -- 1 for the first; the deletion counts too
    definition TEXT,                -- JSON, as over HTTP; null where it was deleted, until that is purged
    updated_at INTEGER NOT NULL,
    untold INTEGER NOT NULL CHECK (untold IN (0, 1)), -- whether tasks may not have heard of this revision
    PRIMARY KEY (tenant, calendar_name)
);

CREATE INDEX schedule_calendar_untold ON schedule_calendar (tenant, calendar_name) WHERE untold = 1;

CREATE INDEX schedule_calendar_purge ON schedule_calendar (updated_at);
