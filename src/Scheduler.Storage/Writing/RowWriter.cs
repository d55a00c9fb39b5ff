using Microsoft.Data.Sqlite;
using Scheduler.Running;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Rows;
using Scheduler.Storage.Sessions;
using Scheduler.Storage.Sqlite;

namespace Scheduler.Storage.Writing;

/// <summary>
/// Row by row with prepared statements in one transaction, on the one connection that writes: the fastest way with a database that is
/// a library. A statement that fails on its data is undone alone, and the transaction goes on.
/// </summary>
sealed class RowWriter(SessionPool pool) : IWriter
{
    const int SqliteConstraint = 19, SqliteTooBig = 18, SqliteMismatch = 20;
    const int UniqueIndex = 2067, PrimaryKey = 1555, RowId = 2579;

    sealed record Statement(string Sql, IReadOnlyList<Column> Columns);

    static readonly Dictionary<(Table, WriteKind), Statement> statements = Table.All
        .SelectMany(table => Enum.GetValues<WriteKind>().Select(kind => (table, kind)))
        .ToDictionary(each => each, each => new Statement(Sql(each.table, each.kind), each.table.In(each.kind)));

    // SQLite rewrites the index entries of every column that an update names, changed or not. So a checkpoint first tries not to name them.
    static readonly Dictionary<Table, Statement> steady = Table.All.Where(table => table.Steady.Count > 0)
        .ToDictionary(table => table, table => new Statement(SteadySql(table), table.In(WriteKind.Update)));

    static readonly Dictionary<Table, Statement> missing = Table.All.ToDictionary(table => table,
        table => new Statement(Sql(table, WriteKind.Insert) + " ON CONFLICT DO NOTHING", table.In(WriteKind.Insert)));

    static readonly string putAside = DeadLetterRows.Upsert(Dialect.Sqlite);

    public IEnumerable<(string Name, string Sql)> Statements =>
        statements.Select(each => ($"{each.Key.Item2} {each.Key.Item1.Name}", each.Value.Sql)).Concat(steady.Select(each => ($"Checkpoint {each.Key.Name}", each.Value.Sql)));

    public Task<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) =>
        InTransactionAsync(writes, write => statements[(Table.Of(write), Table.KindOf(write))], trySteady: true, cancellationToken);

    public async Task InsertMissingAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        var outcomes = await InTransactionAsync(writes, write => missing[Table.Of(write)], trySteady: false, cancellationToken);
        if (outcomes.FirstOrDefault(outcome => outcome.Result == WriteResult.Rejected).Error is { } error) throw new InvalidDataException(error);
    }

    async Task<IReadOnlyList<WriteOutcome>> InTransactionAsync(IReadOnlyList<EntityWrite> writes, Func<EntityWrite, Statement> statementOf, bool trySteady, CancellationToken cancellationToken)
    {
        await using var session = await pool.RentAsync(cancellationToken);
        // The library waits for the disk inside the call: not on the caller's time.
        return await Task.Run(() => InTransaction(session, writes, statementOf, trySteady, cancellationToken), CancellationToken.None);
    }

    static WriteOutcome[] InTransaction(Session session, IReadOnlyList<EntityWrite> writes, Func<EntityWrite, Statement> statementOf, bool trySteady, CancellationToken cancellationToken)
    {
        var outcomes = new WriteOutcome[writes.Count];
        var prepared = session.Own(static () => new Prepared());
        // A transaction that reads first and writes later fails at once where another has written meanwhile; this one waits for its turn.
        session.Command("BEGIN IMMEDIATE").ExecuteNonQuery();
        try
        {
            for (var i = 0; i < writes.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var quick = trySteady && writes[i].ExpectedVersion > 0 && steady.TryGetValue(Table.Of(writes[i]), out var some) ? prepared.Of(session, some) : null;
                var statement = statementOf(writes[i]);
                outcomes[i] = Write(session, writes[i], statement.Columns, quick, prepared.Of(session, statement));
                if (writes[i] is EntityWrite.OfShard { DeadLetters.Count: > 0 } shard && outcomes[i].Result == WriteResult.Written) PutAside(session, shard);
            }
            session.Command("COMMIT").ExecuteNonQuery();
            return outcomes;
        }
        catch
        {
            RollBack(session);
            throw;
        }
    }

    static void PutAside(Session session, EntityWrite.OfShard write)
    {
        foreach (var letter in write.DeadLetters) session.Command(putAside, DeadLetterRows.Parameters(letter)).ExecuteNonQuery();
    }

    static WriteOutcome Write(Session session, EntityWrite write, IReadOnlyList<Column> columns, SqliteStatement? quick, SqliteStatement statement)
    {
        var values = new object?[columns.Count];
        if (Storable.Take(write, columns, values) is { } fault) return Rejection.Of(fault);
        try
        {
            return quick?.Execute(values) > 0 || statement.Execute(values) > 0 ? WriteOutcome.Written : WriteOutcome.Conflict;
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode is SqliteConstraint or SqliteTooBig or SqliteMismatch)
        {
            if (write.ExpectedVersion == 0 && Exists(session, write)) return WriteOutcome.Conflict;
            return failure.SqliteExtendedErrorCode is UniqueIndex or PrimaryKey or RowId ? Rejection.Taken(write) : Rejection.Refused(write, failure.Message);
        }
    }

    /// <summary>The statements that one connection has prepared.</summary>
    sealed class Prepared : IDisposable
    {
        readonly Dictionary<Statement, SqliteStatement> statements = new(ReferenceEqualityComparer.Instance);

        public SqliteStatement Of(Session session, Statement statement)
        {
            if (!statements.TryGetValue(statement, out var known))
                statements.Add(statement, known = new((SqliteConnection)session.Connection, statement.Sql, statement.Columns));
            return known;
        }

        public void Dispose()
        {
            foreach (var statement in statements.Values) statement.Dispose();
        }
    }

    static bool Exists(Session session, EntityWrite write)
    {
        var table = Table.Of(write);
        var keys = table.Columns.Where(column => table.Keys.Contains(column.Name));
        return session.Command(ExistsSql(table), [.. keys.Select(key => ($"@{key.Name}", key.Of(write)))]).ExecuteScalar() is not null;
    }

    static void RollBack(Session session)
    {
        try
        {
            session.Command("ROLLBACK").ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            session.Distrust(); // the library may have rolled back by itself; a fresh connection knows of nothing
        }
    }

    static string Sql(Table table, WriteKind kind)
    {
        var columns = table.In(kind).Select(column => column.Name).ToList();
        return kind == WriteKind.Insert
            ? $"INSERT INTO {table.Name} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select(column => $"@{column}"))})"
            : $"UPDATE {table.Name} SET {string.Join(", ", table.SetBy(kind).Select(column => $"{column.Name} = @{column.Name}"))} WHERE {Where(table)} AND version = @version - 1";
    }

    static string SteadySql(Table table)
    {
        var set = table.SetBy(WriteKind.Update).Where(column => !table.Steady.Contains(column.Name));
        return $"UPDATE {table.Name} SET {string.Join(", ", set.Select(column => $"{column.Name} = @{column.Name}"))} " +
            $"WHERE {Where(table)} AND version = @version - 1 AND {string.Join(" AND ", table.Steady.Select(column => $"{column} = @{column}"))}";
    }

    static string ExistsSql(Table table) => $"SELECT 1 FROM {table.Name} WHERE {Where(table)}";

    static string Where(Table table) => string.Join(" AND ", table.Keys.Select(key => $"{key} = @{key}"));
}
