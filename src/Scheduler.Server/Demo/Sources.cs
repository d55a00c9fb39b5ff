using Microsoft.Data.Sqlite;

namespace Scheduler.Server.Demo;

/// <summary>Makes the demo's databases: what a shop with sharded order tables might have.</summary>
static class Sources
{
    /// <summary>Writes all databases, a few at a time, and the manifest last: a creation that is killed begins again.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="shape">How many.</param>
    /// <param name="written">Is told, from several threads, how many rows a finished database has.</param>
    /// <param name="cancellationToken">Stops between two tables.</param>
    public static async Task CreateAsync(DemoDirectory directory, DemoShape shape, Action<long> written, CancellationToken cancellationToken)
    {
        directory.BeginSources(shape);
        await Parallel.ForEachAsync(Enumerable.Range(0, shape.Databases), cancellationToken, (database, stop) =>
        {
            Create(directory, shape, database, stop);
            written((long)shape.Tables * shape.Rows);
            return ValueTask.CompletedTask;
        });
        directory.CompleteSources();
    }

    static void Create(DemoDirectory directory, DemoShape shape, int database, CancellationToken cancellationToken)
    {
        using var connection = new SqliteConnection($"Data Source={directory.Source(shape.Database(database))};Pooling=False");
        connection.Open();
        // Nothing is lost by a crash here: without a manifest everything is made again.
        Execute("PRAGMA journal_mode = OFF");
        Execute("PRAGMA synchronous = OFF");
        Execute("BEGIN");
        for (var table = 0; table < shape.Tables; table++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = shape.Table(table);
            Execute($"CREATE TABLE {name} (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL, customer TEXT NOT NULL, updated_at INTEGER NOT NULL)");
            // Ids ascend by two to four, from where no other table begins.
            var first = 1 + database * shape.Tables + table;
            Execute($"""
                INSERT INTO {name} (id, amount, customer, updated_at)
                WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {shape.Rows})
                SELECT {first} + 3 * i + (i * i) % 3, (i * 7919) % 100000, 'customer ' || (i * 31 + {first}) % 5000, 1767225600000 + i * 60000 FROM n
                """);
        }
        Execute("COMMIT");

        void Execute(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }
}
