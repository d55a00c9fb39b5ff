using System.Data.Common;
using Scheduler.Handlers.Connections;
using Scheduler.Handlers.Sql;

namespace Scheduler.Handlers.Polling;

/// <summary>
/// Holds a definition against its databases as they are: each is asked once for all of its tables, by the catalog; of columns that might hold
/// what cannot be ordered, the ends are looked at. What cannot be reached in time is an error too.
/// </summary>
sealed class SourceCheck(SqlPollingDefinition definition, SourceConnection source, SqlPollingSource reader, TimeSpan patience)
{
    const int MostAtOnce = 8;
    const int MostErrors = 10;

    readonly Lock gate = new();
    readonly SortedDictionary<(int Database, string Field), string> errors = [];
    int answered;

    public async Task<IReadOnlyList<FieldError>> RunAsync(IReadOnlyList<ShardName> shards, CancellationToken cancellationToken)
    {
        var databases = shards.GroupBy(shard => shard.Database).Select((each, index) => (Name: each.Key, Tables: each.Select(shard => shard.Table).ToArray(), Index: index)).ToArray();
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(patience);
        try
        {
            // On the pool: some drivers do not wait asynchronously.
            await Parallel.ForEachAsync(databases, new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = timer.Token }, async (database, stop) =>
            {
                if (Enough()) return;
                await CheckAsync(database.Name, database.Tables, database.Index, stop);
                Interlocked.Increment(ref answered);
            }).WaitAsync(timer.Token); // some drivers do not heed a cancellation
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Wrong(int.MaxValue, "connection", $"connection \"{source.Name}\": expected all {databases.Length} databases to answer within {WireText.Of(patience)}, {answered} did");
        }
        lock (gate) return [.. errors.Select(error => new FieldError($"{DefinitionErrors.Path}.{error.Key.Field}", error.Value)).DistinctBy(error => error.Field).Take(MostErrors)];
    }

    bool Enough()
    {
        lock (gate) return errors.Count >= MostErrors;
    }

    void Wrong(int database, string field, string message)
    {
        lock (gate) errors.TryAdd((database, field), message);
    }

    async Task CheckAsync(string database, string[] tables, int index, CancellationToken stop)
    {
        try
        {
            await using var connection = await source.OpenAsync(database, stop);
            var catalog = await source.Dialect.CatalogAsync(connection, tables, stop);
            var missing = tables.Where(table => !catalog.ContainsKey(table)).ToArray();
            if (missing.Length > 0)
            {
                Wrong(index, "shards", $"{source.Where(database)} has no table {WireText.Quote(missing[0])} ({tables.Length - missing.Length} of {tables.Length} expected tables found)");
                return;
            }
            foreach (var table in tables)
            {
                var check = new TableCheck(definition, source, connection, database, table, catalog[table]);
                await check.LookAsync(eachRow: true, stop);
                foreach (var error in check.Errors) Wrong(index, error.Field, error.Message);
                if (check.Errors.Count > 0 || Enough()) return;
            }
            // One table takes the whole statement: its filters, their types, the right to read.
            await reader.ProbeAsync(connection, tables[0], stop);
        }
        catch (SourceException failure)
        {
            Wrong(index, "connection", failure.Message);
        }
        catch (Exception failure) when (failure is DbException or InvalidCastException or FormatException)
        {
            Wrong(index, "connection", $"{source.Where(database)} does not take the query: {source.Redacted(failure.Message)}");
        }
    }
}
