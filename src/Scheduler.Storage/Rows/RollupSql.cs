using System.Data.Common;
using Scheduler.Running;
using Scheduler.Storage.Dialects;

namespace Scheduler.Storage.Rows;

/// <summary>The statements that count executions by the hour.</summary>
static class RollupSql
{
    const string OneHour = "3600000";

    static readonly string[] sums = ["execution_count", "started_count", "duration_total", "lateness_total", "process_count"], longest = ["duration_max", "lateness_max"];

    public static string Mark { get; } = "SELECT rolled_until FROM schedule_rollup_mark WHERE id = 1";

    public static string FirstEnded { get; } = "SELECT min(ended_at) FROM schedule_execution WHERE ended_at >= @from";

    /// <summary>Changes a row for the one who counts what is between the two times, so that it is counted once.</summary>
    public static string MoveMark { get; } = "UPDATE schedule_rollup_mark SET rolled_until = @to WHERE id = 1 AND rolled_until = @from";

    public static string Count(Dialect dialect) =>
        "INSERT INTO schedule_rollup (tenant, hour, task_id, status, task_name, execution_count, started_count, duration_total, duration_max, lateness_total, lateness_max, process_count) " +
        $"SELECT tenant, hour, task_id, status, task_name, count(*), sum(started), sum(duration), max(duration), sum(lateness), max(lateness), sum(process_count) FROM (SELECT tenant, task_id, task_name, {Measures} FROM schedule_execution WHERE ended_at >= @from AND ended_at < @to) AS ended " +
        $"GROUP BY tenant, hour, task_id, status, task_name {dialect.OnExisting("tenant, hour, task_id, status")} " +
        string.Join(", ", sums.Select(column => $"{column} = schedule_rollup.{column} + {dialect.Brought(column)}")
            .Concat(longest.Select(column => $"{column} = CASE WHEN {dialect.Brought(column)} > schedule_rollup.{column} THEN {dialect.Brought(column)} ELSE schedule_rollup.{column} END")));

    /// <summary>What is counted, and what is not yet: in one statement, so that nothing moves from one to the other meanwhile.</summary>
    public static string Read(Dialect dialect, bool ofTask)
    {
        // An index that begins with the tenant would lead through all of its executions, or all of its hours: the few that ended lately are
        // found by their end, and those of one task by its name.
        var late = $"coalesce(tenant, '') = @tenant{(ofTask ? " AND coalesce(task_name, '') = @task" : "")}";
        var mine = ofTask ? "coalesce(tenant, '') = @tenant AND task_name = @task" : "tenant = @tenant";
        return $"SELECT hour, status, {Cast("sum(executions)")}, {Cast("sum(started)")}, {Cast("sum(duration)")}, max(duration_max), {Cast("sum(lateness)")}, max(lateness_max), {Cast("sum(processed)")} FROM (" +
            "SELECT hour, status, execution_count AS executions, started_count AS started, duration_total AS duration, duration_max, lateness_total AS lateness, lateness_max, process_count AS processed " +
            $"FROM schedule_rollup WHERE {mine} AND hour >= @from AND hour < @to " +
            $"UNION ALL SELECT hour, status, 1, started, duration, duration, lateness, lateness, process_count FROM (SELECT {Measures} FROM schedule_execution " +
            $"WHERE ended_at >= ({Mark}) AND ended_at >= @from AND ended_at < @to AND {late}) AS ended) AS everything GROUP BY hour, status ORDER BY hour, status";

        string Cast(string sum) => $"CAST({sum} AS {dialect.BigInt})";
    }

    public static string Purge { get; } =
        "DELETE FROM schedule_rollup WHERE hour < @before AND hour <= (SELECT upto FROM (SELECT max(hour) AS upto FROM (SELECT hour FROM schedule_rollup WHERE hour < @before ORDER BY hour LIMIT @limit) AS old) AS oldest)";

    const string Measures =
        $"ended_at - ended_at % {OneHour} AS hour, status, process_count, CASE WHEN started_at IS NULL THEN 0 ELSE 1 END AS started, " +
        "coalesce(ended_at - started_at, 0) AS duration, coalesce(started_at - scheduled_at, 0) AS lateness";

    public static HourTotals Read(DbDataReader reader)
    {
        var row = new Row(reader);
        return new(Instants.From(row.Number(), 0), Codes.ExecutionStatus.From(row.Number()), row.Number(), row.Number(), row.Number(), row.Number(), row.Number(), row.Number(), row.Number());
    }
}
