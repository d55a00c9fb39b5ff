using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Scheduler.Shards;

/// <summary>A row that was put aside: one row of <c>schedule_dead_letter</c>.</summary>
public sealed record DeadLetter
{
    /// <summary>32 hexadecimal digits that follow from the shard and the row's cursor: a row that is put aside again is the same dead letter.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"{Shard.TaskId}/{Shard.ShardId}/{Cursor.Time?.Length ?? -1}/{Cursor.Time}/{Cursor.Key}"))).AsSpan(0, 16));

    /// <summary>The shard.</summary>
    public required ShardKey Shard { get; init; }

    /// <summary>The database.</summary>
    public required string Database { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>Where the row stands.</summary>
    public required Cursor Cursor { get; init; }

    /// <summary>Where the row before it stood: a query after it finds the row.</summary>
    public required Cursor After { get; init; }

    /// <summary>The round that put it aside.</summary>
    public required long Round { get; init; }

    /// <summary>Failed attempts.</summary>
    public required int Attempts { get; init; }

    /// <summary>Why the last of them failed.</summary>
    public required string Error { get; init; }

    /// <summary>The row as JSON; null where it could not be written so.</summary>
    public string? Row { get; init; }

    /// <summary>When it was put aside.</summary>
    public required DateTimeOffset At { get; init; }
}
