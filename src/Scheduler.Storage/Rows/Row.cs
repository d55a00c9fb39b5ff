using System.Data.Common;

namespace Scheduler.Storage.Rows;

/// <summary>A row read from its first column to its last.</summary>
struct Row(DbDataReader reader)
{
    int next;

    public long Number() => reader.GetInt64(next++);

    public int Int() => checked((int)Number());

    public long? NumberOrNull() => reader.IsDBNull(next) ? Skip<long?>() : Number();

    public string Text() => reader.GetString(next++);

    public string? TextOrNull() => reader.IsDBNull(next) ? Skip<string>() : Text();

    public T? Skip<T>()
    {
        next++;
        return default;
    }
}
