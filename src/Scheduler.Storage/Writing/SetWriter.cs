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

    // In one order always, so that two writers do not wait for each other; updates first, since they may free a name.
    readonly List<((Table Table, WriteKind Kind) Key, SetStatement Statement)> statements =
    [
        .. from table in Table.All
           from kind in new[] { WriteKind.Update, WriteKind.UpdateDefinition, WriteKind.Insert }
           select ((table, kind), new SetStatement(dialect.WriteRows(table, kind), table.In(kind), table.Keys)),
    ];

    readonly SetBatches batches = new(dialect, pool.CommandTimeoutSeconds, first);
    readonly string putAside = DeadLetterRows.Upsert(dialect);

    public IEnumerable<(string Name, string Sql)> Statements =>
        from each in statements
        from one in each.Statement.Sql
        select ($"{each.Key.Kind} {each.Key.Table.Name}", one.Sql);

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
        for (var attempt = 1; ; attempt++)
        {
            await using var session = await pool.RentAsync(cancellationToken);
            try
            {
                await InTransactionAsync(session, transaction => InsertMissingAsync(session, transaction, rows, cancellationToken), cancellationToken);
                return;
            }
            catch (DbException failure) when (attempt < Tries && dialect.WasRolledBack(failure))
            {
                // As above.
            }
        }
    }

    Task<HashSet<long>> InsertMissingAsync(Session session, DbTransaction transaction, IReadOnlyList<Pending> rows, CancellationToken cancellationToken) =>
        batches.RunAsync(session, transaction, rows.GroupBy(row => Table.Of(row.Write), (table, some) =>
            (new SetStatement([new(dialect.InsertMissing(table), table.In(WriteKind.Insert))], table.In(WriteKind.Insert), table.Keys), (IReadOnlyList<Pending>)[.. some])), cancellationToken);

    List<Pending> Storables(IReadOnlyList<EntityWrite> writes, WriteOutcome[] outcomes)
    {
        var rows = new List<Pending>(writes.Count);
        for (var i = 0; i < writes.Count; i++)
        {
            var columns = Table.Of(writes[i]).In(Table.KindOf(writes[i]));
            var values = new object?[columns.Count];
            if (Storable.Take(writes[i], columns, values) is { } fault) outcomes[i] = Rejection.Of(fault);
            else rows.Add(new(i, writes[i], values));
        }
        return rows;
    }

    Task CommitWholeAsync(Session session, IReadOnlyList<Pending> rows, WriteOutcome[] outcomes, CancellationToken cancellationToken) =>
        dialect.BatchIsTransaction && !rows.Any(row => HasPutAside(row.Write))
            ? WriteAsync(session, null, rows, outcomes, cancellationToken)
            : InTransactionAsync(session, transaction => WriteAsync(session, transaction, rows, outcomes, cancellationToken), cancellationToken);

    Task CommitDividedAsync(Session session, IReadOnlyList<Pending> rows, WriteOutcome[] outcomes, CancellationToken cancellationToken) =>
        InTransactionAsync(session, transaction => DivideAsync(session, transaction, rows, outcomes, cancellationToken), cancellationToken);

    async Task InTransactionAsync(Session session, Func<DbTransaction, Task> work, CancellationToken cancellationToken)
    {
        await using var transaction = await session.Connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellationToken);
        await work(transaction);
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
                outcomes[rows[0].Index] = dialect.IsTaken(failure) ? await MetAsync(session, transaction, rows[0].Write, cancellationToken) : Rejection.Refused(rows[0].Write, failure.Message);
                return;
            }
        }
        var half = rows.Count / 2;
        await DivideAsync(session, transaction, [.. rows.Take(half)], outcomes, cancellationToken);
        await DivideAsync(session, transaction, [.. rows.Skip(half)], outcomes, cancellationToken);
    }

    async Task WriteAsync(Session session, DbTransaction? transaction, IReadOnlyList<Pending> rows, WriteOutcome[] outcomes, CancellationToken cancellationToken)
    {
        var groups = rows.ToLookup(row => (Table.Of(row.Write), Table.KindOf(row.Write)));
        // Those of locked rows are older ids, which are nobody's here.
        var written = await batches.RunAsync(session, transaction, statements.Select(each => (each.Statement, (IReadOnlyList<Pending>)[.. groups[each.Key]])), cancellationToken);
        foreach (var row in rows)
            outcomes[row.Index] = written.Contains(row.Write.WriteId) ? WriteOutcome.Written
                : row.Write.ExpectedVersion == 0 ? await MetAsync(session, transaction, row.Write, cancellationToken)
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
            await using var command = Command(session, transaction, putAside, DeadLetterRows.Parameters(letter));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>What a write met that could not go by a key: its own row, which is there already, or another's, that has a key of its own.</summary>
    async Task<WriteOutcome> MetAsync(Session session, DbTransaction? transaction, EntityWrite write, CancellationToken cancellationToken)
    {
        if (write.ExpectedVersion > 0) return Rejection.Taken(write);
        var table = Table.Of(write);
        var keys = table.Columns.Where(column => table.Keys.Contains(column.Name));
        var sql = $"SELECT version FROM {table.Name} WHERE {string.Join(" AND ", table.Keys.Select(key => $"{key} = @{key}"))}";
        await using var command = Command(session, transaction, sql, [.. keys.Select(key => ($"@{key.Name}", key.Of(write)))]);
        return await command.ExecuteScalarAsync(cancellationToken) is null ? Rejection.Taken(write) : WriteOutcome.Conflict;
    }

    static DbCommand Command(Session session, DbTransaction? transaction, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = session.Command(sql, parameters);
        command.Transaction = transaction;
        return command;
    }
}
