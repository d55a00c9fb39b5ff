using System.Diagnostics;
using Npgsql;
using Scheduler.Running;
using Scheduler.Storage;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>A million executions that ended within a day: what it costs to count them by the hour, and what overviews cost before and after.</summary>
static class RollUpBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        var executions = quick ? 100_000 : 1_000_000;
        await using var server = await BenchmarkServer.StartAsync();
        var schema = await server.SchemaAsync();
        await using var store = await SchedulerStore.OpenPostgreSqlAsync(schema, new StoreOptions { StatementTimeout = TimeSpan.FromMinutes(5) });
        // Whole hours: they are counted hour by hour, as they would be in a process that goes on.
        var day = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 86_400 * 86_400).AddDays(-2);
        await FillAsync(schema, executions, day);
        Report.Note($"rollup on PostgreSQL, fsync on: {executions:N0} executions of 1,000 tasks ended within 24 hours");

        var filter = new StatsFilter("default", null, day, day.AddDays(1));
        var bare = await TimeAsync("stats of the day, nothing counted yet", async () => await store.ReadStatsAsync(filter, default), times: 3);
        List<double> hours = [];
        for (var hour = 1; hour <= 24; hour++) hours.Add(await TimeAsync("", async () => await store.RollUpAsync(day.AddHours(hour), default), times: 1));
        Report.Note($"  an hour is counted in {hours.Order().ElementAt(hours.Count / 2):N0} ms ({hours.Min():N0} to {hours.Max():N0}), {executions / 24:N0} executions each");
        var counted = await TimeAsync("stats of the day, counted", async () => await store.ReadStatsAsync(filter, default), times: 20);
        await TimeAsync("stats of one task, counted", async () => await store.ReadStatsAsync(filter with { TaskName = "task-7" }, default), times: 20);
        var total = (await store.ReadStatsAsync(filter, default)).Sum(each => each.Count);
        if (total != executions) throw new InvalidOperationException($"expected {executions} executions in the counts, got {total}");
        Report.Figure("rollup_hour", hours.Order().ElementAt(hours.Count / 2), "ms");
        Report.Ratio("rollup_stats_vs_uncounted", bare / counted, 10);
    }

    /// <summary>Milliseconds: the median.</summary>
    static async Task<double> TimeAsync(string what, Func<Task> work, int times)
    {
        List<double> took = [];
        for (var i = 0; i < times; i++)
        {
            var clock = Stopwatch.GetTimestamp();
            await work();
            took.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
        }
        var median = took.Order().ElementAt(took.Count / 2);
        if (what.Length > 0) Report.Note($"  {what}: {median:N1} ms");
        return median;
    }

    /// <summary>As rows: nothing of them but what is counted is looked at.</summary>
    static async Task FillAsync(string schema, int executions, DateTimeOffset day)
    {
        await using var source = NpgsqlDataSource.Create($"{schema};Command Timeout=600");
        await using var fill = source.CreateCommand(
            "INSERT INTO schedule_execution (id, task_id, tenant, task_name, trigger_kind, total_version, scheduled_at, created_at, seed, state_version, version, write_id, status, attempt, fencing_token, items_total, items_completed, items_running, items_failed, process_count, started_at, ended_at, time_rest) " +
            "SELECT lpad(to_hex(at), 12, '0') || substr(md5(i::text), 1, 20), 1 + i % 1000, 'default', 'task-' || i % 1000, 1, 1 + i / 1000, at, at, '{}', 1, 2, i, CASE WHEN i % 50 = 0 THEN 5 ELSE 4 END, 1, at + 1, 0, 0, 0, 0, 0, at + 3, at + 53, 0 " +
            "FROM generate_series(0, @executions - 1) AS i, LATERAL (SELECT @day + (i * (86400000.0 - 1000) / @executions)::bigint AS at) AS due; ANALYZE schedule_execution; CHECKPOINT");
        fill.Parameters.AddWithValue("executions", executions);
        fill.Parameters.AddWithValue("day", day.ToUnixTimeMilliseconds());
        await fill.ExecuteNonQueryAsync();
    }
}
