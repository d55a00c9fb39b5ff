namespace Scheduler.Server.Demo.Screens;

/// <summary>A round at one moment.</summary>
sealed record RoundPicture
{
    public required ShardCounts Shards { get; init; }

    public required long Rows { get; init; }

    public required long TotalRows { get; init; }

    /// <summary>Over the last second or so.</summary>
    public required double RowsPerSecond { get; init; }

    public required TimeSpan? Eta { get; init; }

    /// <summary>Rows a second so far, the latest last.</summary>
    public required IReadOnlyList<double> History { get; init; }

    /// <summary>The databases, in their order.</summary>
    public required IReadOnlyList<DatabaseCell> Databases { get; init; }

    public double Share => TotalRows == 0 ? 1 : Math.Min(1, (double)Rows / TotalRows);
}

/// <summary>A database's share of the rows that are processed, 0 to 1, and whether one of its shards failed.</summary>
readonly record struct DatabaseCell(double Share, bool Failed);
