namespace Scheduler.Server.Demo;

/// <summary>What the command line says; what it leaves out, the directory or the default says.</summary>
sealed record DemoOptions(string Directory, int? Databases, int? Tables, int? Rows, bool Fresh, DemoWork Work)
{
    /// <summary>How long the demo goes on after its full round, with rounds over what a writer changes; null: not at all.</summary>
    public TimeSpan? Incremental { get; init; }

    /// <summary>A task may have this many shards.</summary>
    const int MostShards = 100_000;

    /// <summary>The shape that is asked for.</summary>
    /// <param name="made">What the directory holds; null where it holds nothing complete.</param>
    /// <exception cref="DemoException">The directory holds another, or it is too much.</exception>
    public DemoShape ShapeBeside(DemoShape? made)
    {
        var start = made ?? DemoShape.Default;
        var asked = new DemoShape(Databases ?? start.Databases, Tables ?? start.Tables, Rows ?? start.Rows);
        if (made is not null && asked != made) throw new DemoException($"--dir {Directory}: expected {made}, as it was made, got {asked}. Leave the numbers out to go on with it, or give another --dir.");
        if (asked.Shards > MostShards) throw new DemoException($"--databases × --tables: expected at most {MostShards:N0} shards, got {asked.Shards:N0}");
        return asked;
    }
}
