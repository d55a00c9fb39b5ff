using Microsoft.Data.Sqlite;

namespace Scheduler.Server.Demo;

/// <summary>A shop at work: inserts and updates orders in the demo's databases, each in a short transaction of its own.</summary>
sealed class Writer(DemoDirectory directory, DemoShape shape)
{
    const string Now = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

    /// <summary>Rows that a transaction updates, beside the one that it inserts.</summary>
    const int Updated = 3;

    /// <summary>Between two transactions.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    long written;

    /// <summary>Rows that were inserted or updated so far.</summary>
    public long Written => Interlocked.Read(ref written);

    /// <summary>Gives the tables what polling of changes wants: an index on time and key, and readers that do not wait for the writer.</summary>
    public static void Prepare(DemoDirectory directory, DemoShape shape, CancellationToken cancellationToken)
    {
        Parallel.For(0, shape.Databases, new() { CancellationToken = cancellationToken }, database =>
        {
            using var connection = Open(directory, shape.Database(database));
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "BEGIN;" + string.Concat(Enumerable.Range(0, shape.Tables).Select(table => $"CREATE INDEX IF NOT EXISTS {shape.Table(table)}_changed ON {shape.Table(table)} (updated_at, id);")) + "COMMIT");
        });
        directory.ReadsChanges = true;
    }

    /// <summary>Writes for that long.</summary>
    public async Task RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(duration);
        while (!end.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using (var connection = Open(directory, shape.Database(Random.Shared.Next(shape.Databases))))
            {
                var table = shape.Table(Random.Shared.Next(shape.Tables));
                Execute(connection, $"""
                    BEGIN IMMEDIATE;
                    INSERT INTO {table} (id, amount, customer, updated_at) SELECT max(id) + 2, abs(random()) % 100000, 'a new customer', {Now} FROM {table};
                    UPDATE {table} SET amount = amount + 1, updated_at = {Now} WHERE id IN (SELECT id FROM {table} ORDER BY id LIMIT {Updated} OFFSET abs(random()) % {Math.Max(1, shape.Rows - Updated)});
                    COMMIT
                    """);
                Interlocked.Add(ref written, 1 + Math.Min(Updated, shape.Rows));
            }
            await Task.Delay(Pause, cancellationToken);
        }
    }

    static SqliteConnection Open(DemoDirectory directory, string database)
    {
        // Unpooled: the last one to close leaves no open log behind. Nothing here must outlive a power cut.
        var connection = new SqliteConnection($"Data Source={directory.Source(database)};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA synchronous = OFF");
        return connection;
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
