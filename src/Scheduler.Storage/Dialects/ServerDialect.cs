using System.Data.Common;
using Scheduler.Storage.Logs;
using Scheduler.Storage.Rows;
using Scheduler.Storage.Sessions;
using Scheduler.Storage.Writing;

namespace Scheduler.Storage.Dialects;

/// <summary>What differs between databases that are servers: rows are written as sets, on connections of the driver's pool.</summary>
abstract class ServerDialect : Dialect
{
    /// <summary>The statements that write rows of a kind; each of them takes all the rows, and answers with write ids if with anything.</summary>
    internal abstract IReadOnlyList<RowStatement> WriteRows(Table table, WriteKind kind);

    /// <summary>The statement that inserts those rows that do not exist.</summary>
    internal abstract string InsertMissing(Table table);

    /// <summary>The statement that inserts those rows of a table that do not exist, whichever key says so.</summary>
    internal abstract string InsertMissing(string table, IReadOnlyList<Field> columns);

    /// <summary>Hands the rows to a statement.</summary>
    internal abstract void AddRows(DbBatchCommand command, IReadOnlyList<Field> columns, int count, Func<int, int, object?> value);

    /// <summary>How much text one batch may carry; a single row may have more.</summary>
    internal virtual int MostCharacters => int.MaxValue;

    /// <summary>Whether a batch without a transaction is one.</summary>
    internal abstract bool BatchIsTransaction { get; }

    /// <summary>Whether a row's data is to blame.</summary>
    internal abstract bool IsDataError(DbException failure);

    /// <summary>Whether a unique key is to blame.</summary>
    internal abstract bool IsTaken(DbException failure);

    /// <summary>Whether it is certain that nothing was written, and the same may be tried again.</summary>
    internal abstract bool WasRolledBack(DbException failure);

    internal override (SessionPool Readers, SessionPool Writers, IWriter Writer) Open(DbDataSource source, StoreOptions options)
    {
        var pool = new SessionPool(source, kept: null, options.StatementTimeout);
        return (pool, pool, new SetWriter(pool, this));
    }

    internal override ILogWriter LogWriter(SessionPool writers) => new SetLogWriter(writers, this);

    protected static string List(IEnumerable<Field> columns, string format = "{0}") => string.Join(", ", columns.Select(column => string.Format(null, format, column.Name)));

    protected static string OnKeys(Table table) => string.Join(" AND ", table.Keys.Select(key => $"t.{key} = i.{key}"));

    protected static string KeysOf(Table table, string alias) => string.Join(", ", table.Keys.Select(key => $"{alias}.{key}"));
}

/// <summary>A statement over many rows, and the columns of them that it is handed.</summary>
sealed record RowStatement(string Sql, IReadOnlyList<Column> Columns);
