namespace Scheduler.Schedules;

/// <summary>Instants that people may name: so far from the ends of the calendar that what is counted from them, in whatever zone, is one too.</summary>
static class Instants
{
    static readonly DateTimeOffset First = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero), Last = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What is wrong with an instant; null where nothing is, or where there is none.</summary>
    public static string? Error(DateTimeOffset? instant) => instant < First || instant > Last ? $"expected an instant from the year 1900 to 9000, got {WireText.Of(instant.Value)}" : null;

    /// <exception cref="SchedulerException">One of them is none that may be named.</exception>
    public static void Check(params ReadOnlySpan<(string Field, DateTimeOffset? Instant)> named)
    {
        List<FieldError> errors = [];
        foreach (var (field, instant) in named)
            if (Error(instant) is { } error) errors.Add(new(field, error));
        if (errors.Count > 0) throw new SchedulerException(errors);
    }
}
