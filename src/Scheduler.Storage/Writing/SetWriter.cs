using System.Data.Common;
using Scheduler.Running;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Rows;
using Scheduler.Storage.Sessions;

namespace Scheduler.Storage.Writing;

/// <summary>
/// All rows of a kind in one statement, and all statements in one round trip: the fastest way with a server. A row that fails on its
/// data rolls its neighbours back, so a commit that fails so is divided until that row stands alone.
/// </summary>
/// <param name="pool">Where connections come from.</param>
/// <param name="dialect">What they speak.</param>
/// <param name="first">The first statement of every transaction; null: none.</param>
sealed class SetWriter(SessionPool pool, ServerDialect dialect, string? first = null) : IWriter
{
    const int Tries = 3;

    sealed record Statement(IReadOnlyList<string> Sql, IReadOnlyList<Column> Columns, IReadOnlyList<string> Keys)
    {
        readonly int[] keys = [.. Keys.Select(key => Columns.ToList().FindIndex(column => column.Name == key))];

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

    // In one order always, so that two writers do not wait for each other; updates first, since they may free a name.
    readonly List<((Table Table, WriteKind Kind) Key, Statement Statement)> statements =
    [
        .. from table in Table.All
           from kind in new[] { WriteKind.Update, WriteKind.UpdateDefinition, WriteKind.Insert }
           select ((table, kind), new Statement(dialect.WriteRows(table, kind), table.In(kind), table.Keys)),
    ];

    readonly string putAside = DeadLetterRows.Upsert(dialect);

    public IEnumerable<(string Name, string Sql)> Statements =>
        from each in statements
        from sql in each.Statement.Sql
        select ($"{each.Key.Kind} {each.Key.Table.Name}", sql);

    public async Task<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        var outcomes = new WriteOutcome[writes.Count];
        var rows = Storables(writes, outcomes);
        if (rows.Count == 0) return outcomes;
        for (var attempt = 1; ; attempt++)
        {
            await using var session = await pool.RentAsync(cancellationToken);
            try
            {
                await CommitWholeAsync(session, rows, outcomes, cancellationToken);
                return outcomes;
            }
            catch (DbException failure) when (dialect.IsDataError(failure))
            {
                await CommitDividedAsync(session, rows, outcomes, cancellationToken);
                return outcomes;
            }
            catch (DbException failure) when (attempt < Tries && dialect.WasRolledBack(failure))
            {
                // A deadlock's victim has written nothing: the same again is safe.
            }
        }
    }

    public async Task InsertMissingAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        var outcomes = new WriteOutcome[writes.Count];
        var rows = Storables(writes, outcomes);
        if (outcomes.FirstOrDefault(outcome => outcome.Result == WriteResult.Rejected).Error is { } error) throw new InvalidDataException(error);
        await using var session = await pool.RentAsync(cancellationToken);
        foreach (var group in rows.GroupBy(row => Table.Of(row.Write)))
        {
            await using var batch = Batch(session);
            Add(batch, new([dialect.InsertMissing(group.Key)], group.Key.In(WriteKind.Insert), group.Key.Keys), [.. group]);
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>A write, its place among the commit's, and the values of its columns.</summary>
    sealed record Pending(int Index, EntityWrite Write, object?[] Values);

    List<Pending> Storables(IReadOnlyList<EntityWrite> writes, WriteOutcome[] outcomes)
    {
        var rows = new List<Pending>(writes.Count);
        for (var i = 0; i < writes.Count; i++)
        {
            var key = (Table.Of(writes[i]), Table.KindOf(writes[i]));
            var columns = statements.Find(each => each.Key == key).Statement.Columns;
            var values = new object?[columns.Count];
            if (Storable.Take(writes[i], columns, values) is { } fault) outcomes[i] = Rejection.Of(fault);
            else rows.Add(new(i, writes[i], values));
        }
        return rows;
    }

    async Task CommitWholeAsync(Session session, IReadOnlyList<Pending> rows, WriteOutcome[] outcomes, CancellationToken cancellationToken)
    {
        if (dialect.BatchIsTransaction && !rows.Any(row => HasPutAside(row.Write)))
        {
            await WriteAsync(session, null, rows, outcomes, cancellationToken);
            return;
        }
        await using var transaction = await session.Connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellationToken);
        await WriteAsync(session, transaction, rows, outcomes, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    async Task CommitDividedAsync(Session session, IReadOnlyList<Pending> rows, WriteOutcome[] outcomes, CancellationToken cancellationToken)
    {
        await using var transaction = await session.Connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellationToken);
        await DivideAsync(session, transaction, rows, outcomes, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    async Task DivideAsync(Session session, DbTransaction transaction, IReadOnlyList<Pending> rows, WriteOutcome[] outcomes, CancellationToken cancellationToken)
    {
        const string Before = "before_rows";
        await transaction.SaveAsync(Before, cancellationToken);
        try
        {
            await WriteAsync(session, transaction, rows, outcomes, cancellationToken);
            await transaction.ReleaseAsync(Before, cancellationToken);
            return;
        }
        catch (DbException failure) when (dialect.IsDataError(failure))
        {
            await transaction.RollbackAsync(Before, cancellationToken);
            if (rows.Count == 1)
            {
                outcomes[rows[0].Index] = dialect.IsTaken(failure) ? Rejection.Taken(rows[0].Write) : Rejection.Refused(rows[0].Write, failure.Message);
                return;
            }
        }
        var half = rows.Count / 2;
        await DivideAsync(session, transaction, [.. rows.Take(half)], outcomes, cancellationToken);
        await DivideAsync(session, transaction, [.. rows.Skip(half)], outcomes, cancellationToken);
    }

    async Task WriteAsync(Session session, DbTransaction? transaction, IReadOnlyList<Pending> rows, WriteOutcome[] outcomes, CancellationToken cancellationToken)
    {
        var written = new HashSet<long>();
        await using (var batch = Batch(session))
        {
            batch.Transaction = transaction;
            var groups = rows.ToLookup(row => (Table.Of(row.Write), Table.KindOf(row.Write)));
            foreach (var (key, statement) in statements)
                if (groups.Contains(key)) Add(batch, statement, [.. groups[key].Order(statement.ByKey)]);

            // Each statement answers with write ids; those of locked rows are older ones, which are nobody's here.
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            do
            {
                while (await reader.ReadAsync(cancellationToken)) written.Add(reader.GetInt64(0));
            }
            while (await reader.NextResultAsync(cancellationToken));
        }
        foreach (var row in rows)
            outcomes[row.Index] = written.Contains(row.Write.WriteId) ? WriteOutcome.Written
                : row.Write.ExpectedVersion == 0 && !await IsConflictAsync(session, row.Write, cancellationToken) ? Rejection.Taken(row.Write)
                : WriteOutcome.Conflict;
        foreach (var row in rows)
            if (HasPutAside(row.Write) && outcomes[row.Index].Result == WriteResult.Written) await PutAsideAsync(session, transaction, (EntityWrite.OfShard)row.Write, cancellationToken);
    }

    static bool HasPutAside(EntityWrite write) => write is EntityWrite.OfShard { DeadLetters.Count: > 0 };

    /// <summary>Rare, and few: one by one.</summary>
    async Task PutAsideAsync(Session session, DbTransaction? transaction, EntityWrite.OfShard write, CancellationToken cancellationToken)
    {
        foreach (var letter in write.DeadLetters)
        {
            await using var command = session.Connection.CreateCommand();
            (command.CommandText, command.Transaction, command.CommandTimeout) = (putAside, transaction, pool.CommandTimeoutSeconds);
            foreach (var (name, value) in DeadLetterRows.Parameters(letter))
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
                command.Parameters.Add(parameter);
            }
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Whether a row that could not be inserted exists; else it is another key than the primary one that is taken.</summary>
    async Task<bool> IsConflictAsync(Session session, EntityWrite write, CancellationToken cancellationToken)
    {
        if (!dialect.SwallowsTaken) return true;
        var table = Table.Of(write);
        var keys = table.Columns.Where(column => table.Keys.Contains(column.Name));
        var sql = $"SELECT version FROM {table.Name} WHERE {string.Join(" AND ", table.Keys.Select(key => $"{key} = @{key}"))}";
        return (await session.QueryAsync(sql, reader => reader.GetInt64(0), cancellationToken, [.. keys.Select(key => ($"@{key.Name}", key.Of(write)))])).Count > 0;
    }

    DbBatch Batch(Session session)
    {
        var batch = session.Connection.CreateBatch();
        batch.Timeout = pool.CommandTimeoutSeconds;
        if (first is null) return batch;
        var command = batch.CreateBatchCommand();
        command.CommandText = first;
        batch.BatchCommands.Add(command);
        return batch;
    }

    void Add(DbBatch batch, Statement statement, IReadOnlyList<Pending> rows)
    {
        foreach (var sql in statement.Sql)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = sql;
            dialect.AddRows(command, statement.Columns, rows.Count, (row, column) => rows[row].Values[column]);
            batch.BatchCommands.Add(command);
        }
    }
}
