namespace Scheduler;

/// <summary>Why a request was not served, as RFC 9457 writes it (<c>application/problem+json</c>).</summary>
public sealed record Problem
{
    const string TypePrefix = "urn:scheduler:problem:";

    /// <summary>What kind of problem it is, for programs: <c>urn:scheduler:problem:</c> and the name of a <see cref="SchedulerErrorKind"/>. Absent, which stands for <c>about:blank</c>, where the status says all.</summary>
    public string? Type { get; init; }

    /// <summary>The status in words.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What is wrong, in words for people.</summary>
    public string? Detail { get; init; }

    /// <summary>What is wrong by field: a path such as <c>schedule.timeZone</c>, a query parameter, a header; empty for the whole. Absent where no field is to blame.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }

    /// <summary>The <see cref="Type"/> of problems of that kind.</summary>
    public static string TypeOf(SchedulerErrorKind kind) => TypePrefix + WireText.Of(kind);

    /// <summary>The kind that <see cref="Type"/> names; null where it names none that is known.</summary>
    public SchedulerErrorKind? KindOfType() => Enum.GetValues<SchedulerErrorKind>().Cast<SchedulerErrorKind?>().FirstOrDefault(kind => TypeOf(kind!.Value) == Type);
}
