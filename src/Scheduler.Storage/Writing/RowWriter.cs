using System.Data.Common;
using Microsoft.Data.Sqlite;
using Scheduler.Running;
using Scheduler.Storage.Rows;
using Scheduler.Storage.Sessions;

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

    static readonly Dictionary<Table, Statement> missing = Table.All.ToDictionary(table => table,
        table => new Statement(Sql(table, WriteKind.Insert) + " ON CONFLICT DO NOTHING", table.In(WriteKind.Insert)));

    public IEnumerable<(string Name, string Sql)> Statements => statements.Select(each => ($"{each.Key.Item2} {each.Key.Item1.Name}", each.Value.Sql));

    public Task<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) =>
        InTransactionAsync(writes, write => statements[(Table.Of(write), Table.KindOf(write))], cancellationToken);

    public async Task InsertMissingAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        var outcomes = await InTransactionAsync(writes, write => missing[Table.Of(write)], cancellationToken);
        if (outcomes.FirstOrDefault(outcome => outcome.Result == WriteResult.Rejected).Error is { } error) throw new InvalidDataException(error);
    }

    async Task<IReadOnlyList<WriteOutcome>> InTransactionAsync(IReadOnlyList<EntityWrite> writes, Func<EntityWrite, Statement> statementOf, CancellationToken cancellationToken)
    {
        await using var session = await pool.RentAsync(cancellationToken);
        // The library waits for the disk inside the call: not on the caller's time.
        return await Task.Run(() => InTransaction(session, writes, statementOf, cancellationToken), CancellationToken.None);
    }

    static WriteOutcome[] InTransaction(Session session, IReadOnlyList<EntityWrite> writes, Func<EntityWrite, Statement> statementOf, CancellationToken cancellationToken)
    {
        var outcomes = new WriteOutcome[writes.Count];
        var commands = new Dictionary<Statement, DbCommand>(ReferenceEqualityComparer.Instance);
        // A transaction that reads first and writes later fails at once where another has written meanwhile; this one waits for its turn.
        session.Command("BEGIN IMMEDIATE").ExecuteNonQuery();
        try
        {
            for (var i = 0; i < writes.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                outcomes[i] = Write(session, writes[i], statementOf(writes[i]), commands);
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

    static WriteOutcome Write(Session session, EntityWrite write, Statement statement, Dictionary<Statement, DbCommand> commands)
    {
        var columns = statement.Columns;
        var values = new object?[columns.Count];
        if (Storable.Take(write, columns, values) is { } fault) return Rejection.Of(fault);
        if (!commands.TryGetValue(statement, out var command))
            commands.Add(statement, command = session.Command(statement.Sql, [.. columns.Select(column => ($"@{column.Name}", (object?)null))]));
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        try
        {
            return command.ExecuteNonQuery() > 0 ? WriteOutcome.Written : WriteOutcome.Conflict;
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode is SqliteConstraint or SqliteTooBig or SqliteMismatch)
        {
            if (write.ExpectedVersion == 0 && Exists(session, write)) return WriteOutcome.Conflict;
            return failure.SqliteExtendedErrorCode is UniqueIndex or PrimaryKey or RowId ? Rejection.Taken(write) : Rejection.Refused(write, failure.Message);
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

    static string ExistsSql(Table table) => $"SELECT 1 FROM {table.Name} WHERE {Where(table)}";

    static string Where(Table table) => string.Join(" AND ", table.Keys.Select(key => $"{key} = @{key}"));
}
