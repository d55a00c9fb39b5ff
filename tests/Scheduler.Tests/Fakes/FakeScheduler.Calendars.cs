namespace Scheduler.Tests.Fakes;

partial class FakeScheduler
{
    readonly SortedDictionary<string, CalendarView> calendars = new(StringComparer.Ordinal);

    public Task<CalendarView> PutCalendarAsync(CalendarDefinition definition, long? ifVersion = null, CancellationToken cancellationToken = default) => Do($"putCalendar {definition.Name} {ifVersion}", cancellationToken, () =>
    {
        if (definition.Name.Contains(' ')) throw new SchedulerException([new("name", $"expected a name, got \"{definition.Name}\"")]);
        if (definition.Dates is [var date, ..] && date.Length is not (7 or 10)) throw new SchedulerException([new("dates[0]", $"expected a day, got \"{date}\"")]);
        var known = calendars.GetValueOrDefault(definition.Name);
        Expect(known, definition.Name, ifVersion);
        return calendars[definition.Name] = new() { Name = definition.Name, Version = (known?.Version ?? 0) + 1, Definition = definition, UpdatedAt = Now };
    });

    public Task<CalendarView> GetCalendarAsync(string name, CancellationToken cancellationToken = default) => Do($"calendar {name}", cancellationToken, () => FindCalendar(name));

    public Task<Page<CalendarView>> ListCalendarsAsync(CalendarQuery query, CancellationToken cancellationToken = default) => Do($"calendars {query}", cancellationToken, () =>
        PageOf(calendars.Values, calendar => calendar, query.Cursor, query.Limit));

    public Task DeleteCalendarAsync(string name, long? ifVersion = null, CancellationToken cancellationToken = default) => Do($"deleteCalendar {name} {ifVersion}", cancellationToken, () =>
    {
        Expect(FindCalendar(name), name, ifVersion);
        if (Living.FirstOrDefault(task => task.Definition.Schedule?.Calendars?.Contains(name) == true) is { } user)
            throw new SchedulerException(SchedulerErrorKind.Conflict, $"calendar \"{name}\" is used by \"{user.Name}\"");
        return calendars.Remove(name);
    });

    public Task<IReadOnlyList<DateTimeOffset>> PreviewScheduleAsync(SchedulePreview preview, CancellationToken cancellationToken = default) => Do($"preview {preview.Count}", cancellationToken, () =>
    {
        if (preview.Count is < 1 or > 1000) throw new SchedulerException([new("count", $"expected 1 to 1000, got {preview.Count}")]);
        Check(("createdAt", preview.CreatedAt), ("from", preview.From));
        CheckSchedule(preview.Schedule);
        var task = new FakeTask(new() { Name = "", Handler = new(), Schedule = preview.Schedule }, preview.CreatedAt ?? Now);
        return (IReadOnlyList<DateTimeOffset>)[.. task.Occurrences(preview.From ?? task.CreatedAt.AddTicks(-1)).Where(at => !Excluded(preview.Schedule, at)).Take(preview.Count)];
    });

    bool Excluded(ScheduleDefinition? schedule, DateTimeOffset at) =>
        schedule?.Calendars?.Any(name => calendars[name].Definition.Dates?.Contains($"{at.UtcDateTime:yyyy-MM-dd}") == true) == true;

    void CheckSchedule(ScheduleDefinition? schedule)
    {
        if (schedule?.Calendars?.FirstOrDefault(name => !calendars.ContainsKey(name)) is { } unknown)
            throw new SchedulerException([new("schedule.calendars[0]", $"expected a calendar that exists, got \"{unknown}\". Did you mean \"{Suggestion.For(unknown, calendars.Keys)}\"?")]);
        if (schedule?.Cron is { } cron && cron.Split(' ').Length < 5) throw new SchedulerException([new("schedule.cron", $"expected a cron expression, got \"{cron}\"")]);
    }

    CalendarView FindCalendar(string name) => calendars.GetValueOrDefault(name) ?? throw new SchedulerException(SchedulerErrorKind.NotFound, $"there is no calendar \"{name}\"");

    static void Expect(CalendarView? known, string name, long? version)
    {
        if (version is not null && version != known?.Version) throw new SchedulerException(SchedulerErrorKind.VersionMismatch, $"expected version {version} of calendar \"{name}\", it has version {known?.Version}");
    }
}
