using System.Data.Common;
using Scheduler.Executions;
using Scheduler.Running.Logs;
using Scheduler.Storage.Rows;

namespace Scheduler.Storage.Logs;

/// <summary>A column of a month's lines, and where its value comes from.</summary>
sealed record LogField(string Name, Holds Holds, Func<LogEntry, object?> Of) : Field(Name, Holds);

/// <summary>Lines as rows of <c>schedule_log_YYYYMM</c>.</summary>
static class LogRows
{
    public static readonly IReadOnlyList<LogField> Fields =
    [
        new("execution_id", Holds.Text, entry => entry.Source.Execution.Value),
        new("sequence", Holds.Numbers, entry => entry.Position.Sequence),
        new("writer", Holds.Numbers, entry => entry.Position.Writer),
        new("logged_at", Holds.Numbers, entry => Instants.Milliseconds(entry.At)),
        new("level", Holds.Numbers, entry => (long)Codes.LogLevel.Of(entry.Level)),
        new("attempt", Holds.Numbers, entry => (long)entry.Source.Attempt),
        new("fencing_token", Holds.Numbers, entry => entry.Source.FencingToken),
        new("node", Holds.Text, entry => entry.Node),
        new("db_name", Holds.Text, entry => entry.Source.Database),
        new("db_table", Holds.Text, entry => entry.Source.Table),
        new("category", Holds.Text, entry => Storable.Mend(entry.Category)),
        new("message", Holds.Text, entry => Storable.Mend(entry.Message)),
        new("exception", Holds.Text, entry => Storable.Mend(entry.Exception)),
        new("named_values", Holds.Text, entry => Storable.Mend(entry.Values)),
    ];

    static readonly string columns = string.Join(", ", Fields.Select(field => field.Name));

    public static string TableOf(LogMonth month) => $"schedule_log_{month}";

    /// <summary>Reads an execution's lines in their order; each filter has a parameter.</summary>
    public static string Select(LogMonth month, LogFilter filter, bool after, Func<string, string, string> contains) =>
        $"SELECT {columns} FROM {TableOf(month)} WHERE execution_id = @execution" +
        (after ? " AND sequence >= @after AND (sequence > @after OR writer > @after_writer)" : "") +
        (filter.Level is null ? "" : " AND level >= @level") +
        (filter.Attempt is null ? "" : " AND attempt = @attempt") +
        (filter.Database is null ? "" : " AND db_name = @database") +
        (filter.Table is null ? "" : " AND db_table = @table") +
        (filter.Search is null ? "" : $" AND ({contains("message", "@search")} OR {contains("exception", "@search")})") +
        " ORDER BY sequence, writer LIMIT @limit";

    public static LogEntry Read(DbDataReader reader)
    {
        var row = new Row(reader);
        var execution = new ExecutionId(row.Text());
        var position = new LogPosition(row.Number(), row.Number());
        row.Skip<long>(); // logged_at: the sequence has it
        var level = Codes.LogLevel.From(row.Number());
        var (attempt, token, node) = (row.Int(), row.Number(), row.Text());
        var source = new LogSource(execution, null, attempt, token, row.TextOrNull(), row.TextOrNull());
        return new(source, position, node, level, row.TextOrNull(), row.Text(), row.TextOrNull(), row.TextOrNull());
    }
}
