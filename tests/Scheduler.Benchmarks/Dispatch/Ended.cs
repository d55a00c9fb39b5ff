using System.Data.Common;
using Npgsql;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>Asks the database whether executions have succeeded: what is not there has not happened.</summary>
static class Ended
{
    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(5);

    public static async Task WaitAsync(DbDataSource source, int executions)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var count = connection.CreateCommand();
        count.CommandText = "SELECT count(*) FROM schedule_execution WHERE status = 4";
        while ((long)(await count.ExecuteScalarAsync())! < executions) await Task.Delay(Between);
    }

    public static async Task WaitAsync(string postgreSql, int executions)
    {
        await using var source = NpgsqlDataSource.Create(postgreSql);
        await WaitAsync(source, executions);
    }
}
