using System.Data.Common;
using Scheduler.Running;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Rows;
using Scheduler.Storage.Sessions;

namespace Scheduler.Storage.Writing;

/// <summary>What is done with rows of a kind: statements in their order, the columns that a row brings to all of them together, and those that are its key.</summary>
sealed record SetStatement(IReadOnlyList<RowStatement> Sql, IReadOnlyList<Column> Columns, IReadOnlyList<string> Keys)
{
    readonly int[] keys = [.. Keys.Select(key => Columns.Index().First(each => each.Item.Name == key).Index)];

    /// <summary>The order in which all writers take rows, so that two of them seldom wait for each other.</summary>
    public IComparer<Pending> ByKey => Comparer<Pending>.Create((one, other) =>
    {
        foreach (var key in keys)
        {
            var order = one.Values[key] is string text ? string.CompareOrdinal(text, (string?)other.Values[key]) : Comparer<object?>.Default.Compare(one.Values[key], other.Values[key]);
            if (order != 0) return order;
        }
        return 0;
    });
}

/// <summary>A write, its place among the commit's, and the values of its columns.</summary>
sealed record Pending(int Index, EntityWrite Write, object?[] Values)
{
    const int CharactersOfColumn = 32;

    /// <summary>How many characters it has on its way, about.</summary>
    public int Size { get; } = Values.Sum(value => CharactersOfColumn + ((value as string)?.Length ?? 0));
}

/// <summary>Puts statements over rows into as few round trips as what one may carry allows.</summary>
/// <param name="dialect">What the server speaks.</param>
/// <param name="timeoutSeconds">How long one of them may take.</param>
/// <param name="first">The first statement of each; null: none.</param>
sealed class SetBatches(ServerDialect dialect, int timeoutSeconds, string? first)
{
    /// <summary>Runs them.</summary>
    /// <returns>The write ids that the statements answered with.</returns>
    public async Task<HashSet<long>> RunAsync(Session session, DbTransaction? transaction, IEnumerable<(SetStatement Statement, IReadOnlyList<Pending> Rows)> work, CancellationToken cancellationToken)
    {
        var answers = new HashSet<long>();
        foreach (var load in Loads(work))
        {
            await using var batch = session.Connection.CreateBatch();
            (batch.Timeout, batch.Transaction) = (timeoutSeconds, transaction);
            if (first is not null) Add(batch, first);
            foreach (var (statement, rows) in load) Add(batch, statement, rows);

            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            do
            {
                while (await reader.ReadAsync(cancellationToken)) answers.Add(reader.GetInt64(0));
            }
            while (await reader.NextResultAsync(cancellationToken));
        }
        return answers;
    }

    /// <summary>The work in parts of <see cref="ServerDialect.MostCharacters"/>; a row that has more is a part alone.</summary>
    IEnumerable<List<(SetStatement, List<Pending>)>> Loads(IEnumerable<(SetStatement, IReadOnlyList<Pending>)> work)
    {
        List<(SetStatement, List<Pending>)> load = [];
        var size = 0;
        foreach (var (statement, rows) in work)
        {
            List<Pending>? some = null;
            foreach (var row in rows.Order(statement.ByKey))
            {
                if (size > 0 && row.Size > dialect.MostCharacters - size)
                {
                    yield return load;
                    (load, size, some) = ([], 0, null);
                }
                if (some is null) load.Add((statement, some = []));
                some.Add(row);
                size += row.Size;
            }
        }
        if (load.Count > 0) yield return load;
    }

    void Add(DbBatch batch, SetStatement statement, List<Pending> rows)
    {
        foreach (var (sql, columns) in statement.Sql)
        {
            int[] places = [.. columns.Select(column => statement.Columns.Index().First(each => each.Item.Name == column.Name).Index)];
            dialect.AddRows(Add(batch, sql), columns, rows.Count, (row, column) => rows[row].Values[places[column]]);
        }
    }

    static DbBatchCommand Add(DbBatch batch, string sql)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = sql;
        batch.BatchCommands.Add(command);
        return command;
    }
}
