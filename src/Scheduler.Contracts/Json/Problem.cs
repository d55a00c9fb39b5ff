namespace Scheduler;

/// <summary>Why a request was not served, as RFC 9457 writes it (<c>application/problem+json</c>).</summary>
public sealed record Problem
{
    /// <summary>The status in words.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What is wrong, in words for people.</summary>
    public string? Detail { get; init; }

    /// <summary>What is wrong by field: a path such as <c>schedule.timeZone</c>, a query parameter, a header; empty for the whole. Absent where no field is to blame.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }
}
