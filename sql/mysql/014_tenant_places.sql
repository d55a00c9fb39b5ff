-- How many executions run or wait in a tenant. Of a row that was written before this it is not known: it is looked through as one that has some.
ALTER TABLE schedule_tenant ADD COLUMN places INT NOT NULL DEFAULT 1;
