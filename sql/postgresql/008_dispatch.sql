-- A task is written twice for each execution, and each time wants other entries in every index of its table: none is there for the
-- living that they do not need. Their names have schedule_task_living_name.

DROP INDEX schedule_task_name;

CREATE INDEX schedule_task_deleted_name ON schedule_task (tenant, task_name, id) WHERE status = 3;
