using System.Data.Common;
using Scheduler.Shards;
using Scheduler.Storage.Dialects;

namespace Scheduler.Storage.Rows;

/// <summary>Rows that were put aside as rows of <c>schedule_dead_letter</c>. They have no version: the shard's row guards them.</summary>
static class DeadLetterRows
{
    static readonly string[] columns =
        ["id", "task_id", "item_id", "db_name", "db_table", "cursor_time", "cursor_id", "after_time", "after_id", "total_version", "attempt", "error", "source_row", "put_aside_at"];

    public static string Select { get; } = $"SELECT {string.Join(", ", columns)} FROM schedule_dead_letter";

    /// <summary>Inserts one, or brings what is new to the one of that id.</summary>
    public static string Upsert(Dialect dialect) =>
        $"INSERT INTO schedule_dead_letter ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select(column => $"@{column}"))}) {dialect.OnExistingId} " +
        string.Join(", ", columns[7..].Select(column => $"{column} = {dialect.Brought(column)}"));

    public static string Revise { get; } = "UPDATE schedule_dead_letter SET attempt = @attempt, error = @error WHERE task_id = @task_id AND id = @id";

    public static (string, object?)[] Parameters(DeadLetter letter) =>
    [
        ("@id", letter.Id), ("@task_id", letter.Shard.TaskId), ("@item_id", letter.Shard.ShardId), ("@db_name", letter.Database), ("@db_table", letter.Table),
        ("@cursor_time", letter.Cursor.Time), ("@cursor_id", letter.Cursor.Key), ("@after_time", letter.After.Time), ("@after_id", letter.After.Key),
        ("@total_version", letter.Round), ("@attempt", letter.Attempts), ("@error", Storable.Mend(letter.Error)), ("@source_row", Storable.Mend(letter.Row)),
        ("@put_aside_at", Instants.Milliseconds(letter.At)),
    ];

    public static DeadLetter Read(DbDataReader reader)
    {
        var row = new Row(reader);
        row.Skip<string>(); // id: it follows from the rest
        return new()
        {
            Shard = new(row.Number(), row.Number()),
            Database = row.Text(),
            Table = row.Text(),
            Cursor = new(row.TextOrNull(), row.TextOrNull()),
            After = new(row.TextOrNull(), row.TextOrNull()),
            Round = row.Number(),
            Attempts = row.Int(),
            Error = row.Text(),
            Row = row.TextOrNull(),
            At = Instants.From(row.Number(), 0),
        };
    }
}
