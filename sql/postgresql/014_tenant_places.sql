-- How many executions run or wait in a tenant. Of a row that was written before this it is not known: it is looked through as one that has some.
ALTER TABLE schedule_tenant ADD COLUMN places integer NOT NULL DEFAULT 1;

-- What the leader of the nodes looks through now and then.
CREATE INDEX schedule_tenant_places ON schedule_tenant (name) WHERE places > 0;
