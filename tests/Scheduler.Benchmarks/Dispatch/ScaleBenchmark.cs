using System.Diagnostics;
using Npgsql;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>
/// What a registered task costs while it waits, and what the next occurrence costs, with ten thousand and with a million tasks: start-up, memory,
/// CPU of an execution among them.
/// </summary>
static class ScaleBenchmark
{
    const int Few = 10_000;

    sealed record Scale(int Tasks, TimeSpan Start, double BytesPerTask, Cost Occurrence);

    public static async Task RunAsync(bool quick)
    {
        var many = quick ? 200_000 : 1_000_000;
        var due = quick ? 2_000 : 5_000;
        await using var server = await BenchmarkServer.StartAsync();
        Report.Note($"scale on PostgreSQL, fsync on: {due:N0} of {Few:N0} and of {many:N0} registered tasks come due at once");
        await OfAsync(server, Few, due); // compiles and warms
        var (few, large) = (await OfAsync(server, Few, due), await OfAsync(server, many, due));
        // Whatever else the machine does falls on both.
        var again = await OfAsync(server, Few, due);
        foreach (var scale in new[] { few, large, again })
            Report.Note($"  {scale.Tasks,9:N0} tasks: start {scale.Start.TotalMilliseconds:N0} ms, {scale.BytesPerTask:N0} bytes of memory a task, an occurrence {scale.Occurrence}");
        Report.Ratio("scale_occurrence_flat", (few.Occurrence.Microseconds + again.Occurrence.Microseconds) / 2 / large.Occurrence.Microseconds, 0.8);
        Report.Ratio("scale_start_flat", (few.Start + again.Start) / 2 / large.Start, 0.8);
    }

    static async Task<Scale> OfAsync(BenchmarkServer server, int tasks, int due)
    {
        var schema = await server.SchemaAsync();
        var empty = new EmptyTask(due);
        // The first ones come due together; all others wait for a year from then, each for its own second.
        var soon = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 15 + tasks / 8_000);
        await using (var maker = await EmbeddedHost.StartAsync(empty.Register, options => options.UsePostgreSql(schema)))
            await maker.Client.CreateTaskAsync(EmptyTask.Define("task-0", soon));
        await RegisterAsync(schema, tasks, due, soon);
        await server.Meter.CountAsync();

        GC.Collect();
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var clock = Stopwatch.StartNew();
        Cost cost;
        TimeSpan start;
        double bytes;
        await using (var host = await EmbeddedHost.StartAsync(empty.Register, options => options.UsePostgreSql(schema)))
        {
            start = clock.Elapsed;
            await Task.Delay(TimeSpan.FromSeconds(1)); // the first read of who is due is over
            bytes = Math.Max(0, (double)(GC.GetTotalMemory(forceFullCollection: true) - memory)) / tasks;
            var left = soon - DateTimeOffset.UtcNow;
            if (left <= TimeSpan.Zero) throw new InvalidOperationException($"expected the tasks to be there before they are due, they were {-left} late");
            await Task.Delay(left);
            server.Meter.Begin();
            await empty.AllRan;
            await Ended.WaitAsync(schema, due);
            cost = server.Meter.End(due);
        }
        return new(tasks, start, bytes, await server.Meter.CountedAsync(cost, due));
    }

    /// <summary>As rows, copied from one that the scheduler made: to make a million one by one takes minutes and is measured elsewhere.</summary>
    static async Task RegisterAsync(string schema, int tasks, int due, DateTimeOffset soon)
    {
        await using var source = NpgsqlDataSource.Create($"{schema};Command Timeout=600");
        await using (var columns = source.CreateCommand("SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'schedule_task' AND column_name NOT IN ('id', 'task_name', 'definition', 'next_at', 'wake_at', 'write_id', 'time_rest')"))
        {
            var same = (string)(await columns.ExecuteScalarAsync())!;
            await using var copy = source.CreateCommand(
                $"INSERT INTO schedule_task (id, task_name, definition, next_at, wake_at, write_id, time_rest, {same}) " +
                $"SELECT 1 + (i * 6364136223846793005::numeric % 9007199254740991)::bigint, 'task-' || i, replace(replace(definition, 'task-0', 'task-' || i), @at, to_char(to_timestamp(at / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS+00:00')), at, at, i, 0, {same} " +
                "FROM schedule_task, generate_series(1, @tasks - 1) AS i, LATERAL (SELECT CASE WHEN i < @due THEN @soon ELSE @soon + 31536000000 + i * 1000 END AS at) AS due; ANALYZE schedule_task; CHECKPOINT");
            copy.Parameters.AddWithValue("at", System.Text.Json.JsonSerializer.Serialize(soon).Trim('"'));
            copy.Parameters.AddWithValue("tasks", tasks);
            copy.Parameters.AddWithValue("due", due);
            copy.Parameters.AddWithValue("soon", soon.ToUnixTimeMilliseconds());
            await copy.ExecuteNonQueryAsync();
        }
    }
}
