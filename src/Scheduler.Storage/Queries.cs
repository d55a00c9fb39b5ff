using Scheduler.Storage.Dialects;
using Scheduler.Storage.Rows;

namespace Scheduler.Storage;

/// <summary>The statements that are neither writes of entities nor put together from filters.</summary>
sealed class Queries(Dialect dialect)
{
    static readonly string task = TaskRows.Table.Select, execution = ExecutionRows.Table.Select, shard = ShardRows.Table.Select;

    public string Task { get; } = $"{task} WHERE id = @id";

    public string Execution { get; } = $"{execution} WHERE id = @id";

    public string Tenant { get; } = $"{TenantRows.Table.Select} WHERE name = @name";

    public string TenantsInUse { get; } = $"{TenantRows.Table.Select} WHERE places > 0 AND name > @after ORDER BY name LIMIT @limit";

    public string TenantOrders { get; } = "SELECT name, paused_at, at_once FROM schedule_tenant WHERE paused_at IS NOT NULL OR at_once IS NOT NULL";

    public string DrainingNodes { get; } = "SELECT id FROM schedule_node WHERE drained_at IS NOT NULL";

    public string DrainNode { get; } = "UPDATE schedule_node SET drained_at = @since WHERE id = @id";

    public string Shard { get; } = $"{shard} WHERE task_id = @task AND id = @id";

    public string DueTasks { get; } = $"{task} WHERE wake_at < @before ORDER BY wake_at, id LIMIT @limit";

    /// <summary>As <see cref="DueTasks"/>. Few are due at a time: the others' are left out after the index was read, which needs none of its own.</summary>
    public string DueTasksOfBucket { get; } = $"{task} WHERE wake_at < @before AND id % @of = @index ORDER BY wake_at, id LIMIT @limit";

    public string CountSleepers { get; } = "SELECT count(*) FROM (SELECT id FROM schedule_task WHERE wake_at >= 0 ORDER BY wake_at, id LIMIT @most) AS sleepers";

    public string DueExecutions { get; } = $"{execution} WHERE wake_at < @before ORDER BY wake_at, id LIMIT @limit";

    /// <summary>As <see cref="DueTasksOfBucket"/>, by the last two digits of the id.</summary>
    public string DueExecutionsOfBucket { get; } = $"{execution} WHERE wake_at < @before AND {dialect.Contains("@endings", "substr(id, 31, 2)")} ORDER BY wake_at, id LIMIT @limit";

    public string OpenExecutions { get; } = $"{execution} WHERE ended_at IS NULL AND id > @after ORDER BY id LIMIT @limit";

    public string Shards { get; } = $"{shard} WHERE task_id = @task AND id > @after ORDER BY id LIMIT @limit";

    public string UnfinishedShards { get; } =
        $"{shard} WHERE task_id = @task AND id > @after AND status NOT IN (3, 7) AND (total_version < @round OR (total_version = @round AND status IN (1, 2))) ORDER BY id LIMIT @limit";

    public string CountByNode { get; } =
        "SELECT node, count(*) FROM schedule_task_item WHERE task_id = @task AND status NOT IN (3, 7) AND (total_version < @round OR (total_version = @round AND status IN (1, 2))) GROUP BY node";

    public string RetriedShards { get; } =
        $"{shard} WHERE task_id = @task AND id > @after AND ((total_version = @retried AND status IN (5, 6)) OR (total_version = @round AND status IN (1, 2))) ORDER BY id LIMIT @limit";

    /// <summary>A line for each status in the round, and one (status 0) for the shards before it; one that is paused is so in each round. What is gone (7) is no part of it.</summary>
    public string CountRound { get; } = Totals(dialect, RoundLine, RoundShards);

    /// <summary>As <see cref="CountRound"/>; line 0 is of the shards that the retry has yet to run.</summary>
    public string CountRetry { get; } = Totals(dialect, RetryLine, RetryShards);

    const string RoundLine = "CASE WHEN total_version = @round OR status = 3 THEN status ELSE 0 END", RoundShards = "total_version <= @round AND status <> 7";
    const string RetryLine = "CASE WHEN total_version = @round THEN status ELSE 0 END", RetryShards = "(total_version = @round OR (total_version = @retried AND status IN (5, 6)))";

    /// <summary>As <see cref="CountRound"/> or <see cref="CountRetry"/>, a row for each database: its lines stand side by side, so that the databases can be bounded.</summary>
    public string CountDatabases(bool retry, bool after)
    {
        var (line, which) = retry ? (RetryLine, RetryShards) : (RoundLine, RoundShards);
        return $"SELECT db_name, count(*), {string.Join(", ", new[] { 2, 3, 4, 5, 6 }.Select(status => Sum($"CASE WHEN {line} = {status} THEN 1 ELSE 0 END")))}, {Sum(OfRound("process_count"))}, {Sum(OfRound("page_count"))} " +
            $"FROM schedule_task_item WHERE task_id = @task AND {which}{(after ? " AND db_name > @after" : "")} GROUP BY db_name ORDER BY db_name LIMIT @limit";

        string Sum(string each) => $"CAST(sum({each}) AS {dialect.BigInt})";
    }

    /// <summary>One pass over the task's shards. What is not of the round counts for nothing but itself.</summary>
    static string Totals(Dialect dialect, string line, string which) =>
        $"SELECT {line} AS line, count(*), CAST(sum({OfRound("process_count")}) AS {dialect.BigInt}), CAST(sum({OfRound("page_count")}) AS {dialect.BigInt}), max({OfRound("updated_at * 10000 + time_rest % 10000", "NULL")}) " +
        $"FROM schedule_task_item WHERE task_id = @task AND {which} GROUP BY 1";

    static string OfRound(string value, string otherwise = "0") => $"CASE WHEN total_version = @round THEN {value} ELSE {otherwise} END";

    public string DeadLetters { get; } = $"{DeadLetterRows.Select} WHERE task_id = @task ORDER BY put_aside_at, id LIMIT @limit";

    public string DeadLettersAfter { get; } = $"{DeadLetterRows.Select} WHERE task_id = @task AND put_aside_at >= @after AND (put_aside_at > @after OR id > @after_id) ORDER BY put_aside_at, id LIMIT @limit";

    public string DeadLetter { get; } = $"{DeadLetterRows.Select} WHERE task_id = @task AND id = @id";

    public string DeleteDeadLetter { get; } = "DELETE FROM schedule_dead_letter WHERE task_id = @task AND id = @id";

    public string DeleteDeadLetters { get; } =
        dialect.DeleteThose("schedule_dead_letter", "id", "SELECT id FROM schedule_dead_letter WHERE task_id = @task ORDER BY put_aside_at, id LIMIT @limit");

    public string PutAside { get; } = DeadLetterRows.Upsert(dialect);

    public string Calendar { get; } = $"{CalendarRows.Select} WHERE tenant = @tenant AND calendar_name = @name";

    public string Calendars { get; } = $"{CalendarRows.Select} WHERE tenant = @tenant AND calendar_name > @after AND definition IS NOT NULL ORDER BY calendar_name LIMIT @limit";

    public string CountCalendars { get; } = "SELECT count(*) FROM schedule_calendar WHERE tenant = @tenant AND definition IS NOT NULL";

    public string UntoldCalendars { get; } = $"{CalendarRows.Select} WHERE untold = 1 ORDER BY tenant, calendar_name LIMIT @limit";

    public string ToldCalendar { get; } = "UPDATE schedule_calendar SET untold = 0 WHERE tenant = @tenant AND calendar_name = @name AND revision = @revision";

    public string PurgeCalendars { get; } = "DELETE FROM schedule_calendar WHERE definition IS NULL AND updated_at < @before";

    public string CalendarTasks { get; } = $"{task} WHERE tenant = @tenant AND uses_calendars = 1 AND id > @after AND status <> 3 ORDER BY id LIMIT @limit";

    public string Nodes { get; } = "SELECT id, address, version, started_at, last_seen_at, slots_total, slots_used, handlers, role, handler_kinds, drained_at FROM schedule_node ORDER BY id";

    public string FindTask { get; } = $"{task} WHERE tenant = @tenant AND task_name = @name AND status <> 3";

    /// <summary>All incarnations of a name.</summary>
    /// <remarks>The living one has an index of its own, and so have the deleted ones.</remarks>
    public string TaskIds { get; } =
        "SELECT id FROM schedule_task WHERE tenant = @tenant AND task_name = @name AND status <> 3 UNION ALL SELECT id FROM schedule_task WHERE tenant = @tenant AND task_name = @name AND status = 3";

    public string UpsertNode { get; } =
        "INSERT INTO schedule_node (id, address, version, started_at, last_seen_at, slots_total, slots_used, handlers, role, handler_kinds) " +
        $"VALUES (@id, @address, @version, @started, {(dialect.HasClock ? $"{dialect.Microseconds} / 1000" : "@now")}, @slots, @used, @handlers, @role, @kinds) {dialect.OnExistingId} " +
        string.Join(", ", new[] { "address", "last_seen_at", "slots_total", "slots_used", "handlers", "role", "handler_kinds" }.Select(column => $"{column} = {dialect.Brought(column)}"));

    // Of the lease, which PostgreSQL alone has.
    public string LookAtLease { get; } = $"SELECT epoch, holder, address, expires_at - {dialect.Microseconds} / 1000 FROM schedule_lease";

    /// <summary>A transaction in which a paused process stands would hold its rows for as long, so its connections end first.</summary>
    public string TakeLease { get; } =
        "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity AS a JOIN schedule_lease AS l ON a.application_name = l.sessions " +
        $"WHERE l.expires_at <= {dialect.Microseconds} / 1000 AND l.sessions NOT IN ('', current_setting('application_name')) AND a.usename = current_user; " +
        "UPDATE schedule_lease SET epoch = epoch + 1, holder = @holder, address = @address, sessions = current_setting('application_name'), " +
        $"expires_at = {dialect.Microseconds} / 1000 + @lasts WHERE expires_at <= {dialect.Microseconds} / 1000";

    /// <summary>Those who have it together lengthen it for each other, and find it where it is even when it ran out and nobody was faster.</summary>
    public string ShareLease { get; } = $"UPDATE schedule_lease SET expires_at = {dialect.Microseconds} / 1000 + @lasts, address = @address WHERE holder = @holder";

    public string LengthenLease { get; } = $"UPDATE schedule_lease SET expires_at = {dialect.Microseconds} / 1000 + @lasts, address = @address WHERE epoch = @epoch";

    public string ReleaseLease { get; } = "UPDATE schedule_lease SET expires_at = 0 WHERE epoch = @epoch";

    public string Clock { get; } = $"SELECT {dialect.Microseconds}";

    public string PurgeExecutions { get; } = dialect.DeleteThose("schedule_execution", "id",
        "SELECT e.id FROM schedule_execution AS e LEFT JOIN schedule_task AS t ON t.id = e.task_id " +
        "WHERE e.ended_at < @before AND (t.open_since IS NULL OR e.created_at < t.open_since) ORDER BY e.ended_at, e.id LIMIT @limit");

    /// <summary>Deleted tasks that nothing is left of; those deleted lately stay, for what comes late to find.</summary>
    public string ForgottenTasks { get; } =
        "SELECT t.id FROM schedule_task AS t WHERE t.status = 3 AND t.updated_at < @before AND t.open_since IS NULL " +
        "AND NOT EXISTS (SELECT 1 FROM schedule_execution AS e WHERE e.task_id = t.id) ORDER BY t.updated_at, t.id LIMIT @limit";

    // The derived table is for MySQL, which has no LIMIT in a subquery of IN and none over the table that it deletes from.
    public string PurgeShards { get; } =
        "DELETE FROM schedule_task_item WHERE task_id = @task AND id IN (SELECT id FROM (SELECT id FROM schedule_task_item WHERE task_id = @task ORDER BY id LIMIT @limit) AS gone)";

    public string PurgeTask { get; } = "DELETE FROM schedule_task WHERE id = @task AND status = 3";

    public string DeleteNode { get; } = "DELETE FROM schedule_node WHERE id = @id";

    public string PurgeNodes { get; } = "DELETE FROM schedule_node WHERE last_seen_at < @before";

    public string CountEnded { get; } = RollupSql.Count(dialect);

    public string ReadStats { get; } = RollupSql.Read(dialect, ofTask: false);

    public string ReadStatsOfTask { get; } = RollupSql.Read(dialect, ofTask: true);

    /// <summary>All of them, and one of each kind that filters are put into.</summary>
    public IEnumerable<(string Name, string Sql)> All =>
    [
        (nameof(Task), Task), (nameof(Execution), Execution), (nameof(Shard), Shard), (nameof(DueTasks), DueTasks), (nameof(DueExecutions), DueExecutions), (nameof(CountSleepers), CountSleepers), (nameof(DueTasksOfBucket), DueTasksOfBucket), (nameof(DueExecutionsOfBucket), DueExecutionsOfBucket),
        (nameof(OpenExecutions), OpenExecutions), (nameof(Shards), Shards), (nameof(UnfinishedShards), UnfinishedShards), (nameof(CountRound), CountRound),
        (nameof(FindTask), FindTask), (nameof(TaskIds), TaskIds), (nameof(UpsertNode), UpsertNode), (nameof(Clock), Clock), (nameof(PurgeExecutions), PurgeExecutions),
        (nameof(ForgottenTasks), ForgottenTasks), (nameof(PurgeShards), PurgeShards), (nameof(PurgeTask), PurgeTask), (nameof(PurgeNodes), PurgeNodes), (nameof(CountByNode), CountByNode), (nameof(DeleteNode), DeleteNode),
        (nameof(RetriedShards), RetriedShards), (nameof(CountRetry), CountRetry), (nameof(DeadLetters), DeadLetters), (nameof(DeadLettersAfter), DeadLettersAfter),
        (nameof(DeadLetter), DeadLetter), (nameof(DeleteDeadLetter), DeleteDeadLetter), (nameof(DeleteDeadLetters), DeleteDeadLetters), (nameof(PutAside), PutAside),
        ("ReviseDeadLetter", DeadLetterRows.Revise), (nameof(Nodes), Nodes),
        ("RollupMark", RollupSql.Mark), ("FirstEnded", RollupSql.FirstEnded), ("MoveMark", RollupSql.MoveMark), ("PurgeStats", RollupSql.Purge),
        (nameof(CountEnded), CountEnded), (nameof(ReadStats), ReadStats), (nameof(ReadStatsOfTask), ReadStatsOfTask),
        (nameof(Calendar), Calendar), (nameof(Calendars), Calendars), (nameof(CountCalendars), CountCalendars), (nameof(UntoldCalendars), UntoldCalendars), (nameof(ToldCalendar), ToldCalendar),
        (nameof(PurgeCalendars), PurgeCalendars), (nameof(CalendarTasks), CalendarTasks), ("InsertCalendar", CalendarRows.Insert), ("UpdateCalendar", CalendarRows.Update),
        (nameof(Tenant), Tenant), (nameof(TenantsInUse), TenantsInUse), (nameof(TenantOrders), TenantOrders), (nameof(DrainingNodes), DrainingNodes), (nameof(DrainNode), DrainNode),
        (nameof(CountDatabases), CountDatabases(retry: false, after: true)), ("CountDatabasesOfRetry", CountDatabases(retry: true, after: true)),
        (nameof(ListTasks), ListTasks(ScheduledTaskStatus.Enabled, true, true)), ("ListDeletedTasks", ListTasks(ScheduledTaskStatus.Deleted, false, true)),
        (nameof(ListShards), ListShards(true, false, true, false)), ("ListShardsOfDatabase", ListShards(true, true, true, true)), (nameof(ListExecutions), ListExecutions(false, true, true, true, true)),
        ("ListExecutionsOfTask", ListExecutions(true, true, true, true, true)),
    ];

    public string ListTasks(ScheduledTaskStatus? status, bool search, bool after) =>
        $"{task} WHERE tenant = @tenant AND status {(status == ScheduledTaskStatus.Deleted ? "= 3" : "<> 3")}" +
        (status is { } some && some != ScheduledTaskStatus.Deleted ? $" AND status = {Codes.TaskStatus.Of(some)}" : "") +
        (search ? $" AND {dialect.Contains("task_name", "@search")}" : "") +
        (after ? " AND task_name > @after" : "") +
        " ORDER BY task_name, id LIMIT @limit";

    // "a >= x AND (a > x OR b > y)", not "(a, b) > (x, y)": the latter reads the whole index on MariaDB.
    public string ListShards(bool status, bool database, bool after, bool afterIsInDatabase) =>
        $"{shard} WHERE task_id = @task" +
        (status ? " AND status = @status" : "") +
        (database ? " AND db_name = @database" : "") +
        (!after ? "" : afterIsInDatabase ? " AND db_table > @after_table" : " AND db_name >= @after_database AND (db_name > @after_database OR db_table > @after_table)") +
        " ORDER BY db_name, db_table LIMIT @limit";

    public string ListExecutions(bool ofTask, bool status, bool from, bool to, bool after) =>
        $"{execution} WHERE {(ofTask ? "task_id = @task" : "tenant = @tenant")}" +
        (status ? " AND status = @status" : "") +
        (from ? " AND scheduled_at >= @from" : "") +
        (to ? " AND scheduled_at < @to" : "") +
        (after ? " AND scheduled_at <= @after AND (scheduled_at < @after OR id > @after_id)" : "") +
        " ORDER BY scheduled_at DESC, id LIMIT @limit";
}
