using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>How much a line matters; each level is above those before it.</summary>
[JsonConverter(typeof(CamelCaseEnum<LogLineLevel>))]
public enum LogLineLevel
{
    /// <summary>Not set.</summary>
    None = 0,
    /// <summary>Every detail.</summary>
    Trace,
    /// <summary>For whoever looks for a fault.</summary>
    Debug,
    /// <summary>What happened.</summary>
    Information,
    /// <summary>What should not have happened, and did no harm.</summary>
    Warning,
    /// <summary>What failed.</summary>
    Error,
    /// <summary>What needs somebody at once.</summary>
    Critical,
}

/// <summary>A line that a handler logged.</summary>
public sealed record LogLine
{
    /// <summary>Where it stands among the execution's lines; a list or stream goes on after it. It means nothing to its reader.</summary>
    public required string Id { get; init; }
    /// <summary>When, to the millisecond.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>How much it matters.</summary>
    public required LogLineLevel Level { get; init; }
    /// <summary>What it says.</summary>
    public required string Message { get; init; }
    /// <summary>The exception with its stack.</summary>
    public string? Exception { get; init; }
    /// <summary>The values that the message was made from, by their names.</summary>
    public JsonElement? Values { get; init; }
    /// <summary>The category of the logger; null for the context's own.</summary>
    public string? Category { get; init; }
    /// <summary>The attempt that logged it: of the execution, or at a shard's page.</summary>
    public required int Attempt { get; init; }
    /// <summary>The fencing token of the run that logged it.</summary>
    public required long FencingToken { get; init; }
    /// <summary>The node that ran it.</summary>
    public required string Node { get; init; }
    /// <summary>The shard's database.</summary>
    public string? Database { get; init; }
    /// <summary>The shard's table.</summary>
    public string? Table { get; init; }
}

/// <summary>Which lines of an execution.</summary>
public record LogFilter
{
    /// <summary>Only those of this level and above.</summary>
    public LogLineLevel? Level { get; init; }
    /// <summary>Only those of this attempt.</summary>
    public int? Attempt { get; init; }
    /// <summary>Only those whose message or exception contains it; upper and lower case differ.</summary>
    public string? Search { get; init; }
    /// <summary>Only those of shards of this database.</summary>
    public string? Database { get; init; }
    /// <summary>Only those of shards of this table.</summary>
    public string? Table { get; init; }
}

/// <summary>Which lines of an execution to list.</summary>
public sealed record LogQuery : LogFilter
{
    /// <summary><see cref="Page{T}.Next"/> of the page before, or any <see cref="LogLine.Id"/>.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most: 1 to 1,000.</summary>
    public int Limit { get; init; } = 100;
}
