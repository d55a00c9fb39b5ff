using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Scheduler.Running;
using Scheduler.Schedules;
using Scheduler.Tasks;

namespace Scheduler.Client;

public sealed partial class DirectClient
{
    /// <summary>Tasks that a refusal names.</summary>
    const int MostNamed = 10;

    /// <inheritdoc/>
    public async Task<CalendarView> PutCalendarAsync(CalendarDefinition definition, long? ifVersion = null, CancellationToken cancellationToken = default)
    {
        if (CalendarCheck.Check(definition) is { Count: > 0 } errors) throw new SchedulerException(errors);
        return await ChangeCalendarAsync(definition.Name, ifVersion, definition, async before =>
        {
            if (before is { Definition: not null }) return;
            if (ifVersion is not null) throw new SchedulerException(SchedulerErrorKind.VersionMismatch, $"expected version {ifVersion} of calendar \"{definition.Name}\", there is no such calendar");
            var most = Node.Limits.CalendarsPerTenant;
            if (await ReadAsync(store => store.CountCalendarsAsync(tenant, cancellationToken)) >= most)
                throw new SchedulerException(SchedulerErrorKind.Conflict, $"expected at most {most} calendars, there are as many; delete one first");
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<CalendarView> GetCalendarAsync(string name, CancellationToken cancellationToken = default) =>
        View(await ReadAsync(store => store.FindCalendarAsync(tenant, name, cancellationToken)) is { Definition: not null } found ? found : throw NoCalendar(name));

    /// <inheritdoc/>
    public async Task<Page<CalendarView>> ListCalendarsAsync(CalendarQuery query, CancellationToken cancellationToken = default)
    {
        var after = Cursors.Read(query.Cursor, 1)?[0];
        var limit = Limit(query.Limit);
        var read = await ReadAsync(store => store.ListCalendarsAsync(tenant, after, limit + 1, cancellationToken));
        return new([.. read.Take(limit).Select(View)], read.Count > limit ? Cursors.Write(read[limit - 1].Name) : null);
    }

    /// <inheritdoc/>
    public async Task DeleteCalendarAsync(string name, long? ifVersion = null, CancellationToken cancellationToken = default) =>
        await ChangeCalendarAsync(name, ifVersion, null, async before =>
        {
            if (before?.Definition is null) throw NoCalendar(name);
            List<string> users = [];
            await ReadAsync<bool>(async _ =>
            {
                await foreach (var task in Node.Calendars.UsersAsync(tenant, name, cancellationToken))
                {
                    users.Add($"\"{task.State.Definition.Name}\"");
                    if (users.Count > MostNamed) break;
                }
                return true;
            });
            if (users.Count > 0)
                throw new SchedulerException(SchedulerErrorKind.Conflict, $"expected a calendar that no task uses, calendar \"{name}\" is used by {string.Join(", ", users.Take(MostNamed))}{(users.Count > MostNamed ? " and more" : "")}");
        }, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DateTimeOffset>> PreviewScheduleAsync(SchedulePreview preview, CancellationToken cancellationToken = default)
    {
        CheckCount(preview.Count);
        Instants.Check(("createdAt", preview.CreatedAt), ("from", preview.From));
        var schedule = preview.Schedule;
        if (ScheduleCheck.Check(schedule, Node.Limits.Tasks.CatchUp) is { Count: > 0 } errors) throw new SchedulerException(errors);
        var createdAt = preview.CreatedAt ?? Node.Clock.Now;
        var task = new TaskState
        {
            Id = 1, Tenant = tenant, Definition = new() { Name = "", Handler = new(), Schedule = schedule }, CreatedAt = createdAt,
            Calendars = await ResolveAsync(schedule, cancellationToken),
        };
        var first = Due.First(task, null);
        // One instant in the past is due at once, so it is shown unless somebody asks for what comes later.
        return preview.From is null && schedule is { At: not null } ? first is { } once ? [once] : []
            : Upcoming(task with { NextAt = first }, preview.From ?? createdAt.AddTicks(-1), preview.Count);
    }

    /// <summary>Occurrences after an instant, as if the task were enabled; of a delay the one that is known.</summary>
    static IReadOnlyList<DateTimeOffset> Upcoming(TaskState task, DateTimeOffset after, int count)
    {
        if (task.Definition.Schedule is not { } schedule) return [];
        if (schedule.Delay is not null) return task.NextAt is { } known && known > after ? [known] : [];
        List<DateTimeOffset> occurrences = [];
        var except = Exclusions.Of(task.Calendars);
        while (occurrences.Count < count && Schedule.Next(schedule, task.CreatedAt, after, except) is { } next)
        {
            occurrences.Add(next);
            after = next;
        }
        return occurrences;
    }

    static void CheckCount(int count)
    {
        if (count is < 1 or > 1000) throw new SchedulerException([new("count", $"expected 1 to 1000, got {count}")]);
    }

    /// <summary>The calendars that a schedule names, as they are.</summary>
    async Task<ImmutableArray<TaskCalendar>> ResolveAsync(ScheduleDefinition? schedule, CancellationToken cancellationToken)
    {
        if (schedule?.Calendars is not { Count: > 0 } names) return [];
        var found = await ReadAsync(_ => new ValueTask<IReadOnlyList<TaskCalendar?>>(Node.Calendars.FindAsync(tenant, names, cancellationToken)));
        if (!found.Contains(null)) return [.. found.OfType<TaskCalendar>()];

        var known = await ReadAsync(store => store.ListCalendarsAsync(tenant, null, Node.Limits.CalendarsPerTenant, cancellationToken));
        throw new SchedulerException([.. Enumerable.Range(0, names.Count).Where(i => found[i] is null).Select(i =>
            new FieldError($"schedule.calendars[{i}]", $"expected a calendar that exists, got \"{names[i]}\"{(Suggestion.For(names[i], known.Select(each => each.Name)) is { } meant ? $". Did you mean \"{meant}\"?" : "")}"))]);
    }

    async Task<CalendarView> ChangeCalendarAsync(string name, long? ifVersion, CalendarDefinition? definition, Func<StoredCalendar?, Task> check, CancellationToken cancellationToken)
    {
        for (var tries = 1; tries <= MostLooks; tries++)
        {
            var before = await ReadAsync(store => store.FindCalendarAsync(tenant, name, cancellationToken));
            await check(before);
            if (ifVersion is { } version && version != before!.Revision)
                throw new SchedulerException(SchedulerErrorKind.VersionMismatch, $"expected version {version} of calendar \"{name}\", it has version {before.Revision} by now");
            var now = Node.Clock.Now;
            var next = new StoredCalendar(tenant, name, (before?.Revision ?? 0) + 1, definition, new(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero));
            if (!await WriteAsync(store => store.SaveCalendarAsync(next, before?.Revision ?? 0, cancellationToken))) continue; // somebody else did
            await TrySpreadAsync(next, cancellationToken);
            return definition is null ? new() { Name = name, Version = next.Revision, Definition = before!.Definition!, UpdatedAt = next.UpdatedAt } : View(next);
        }
        throw new SchedulerException(SchedulerErrorKind.Unavailable, $"calendar \"{name}\" is changed so often that it could not be written; ask again");
    }

    /// <summary>It is durable: what is not told now is told later.</summary>
    async Task TrySpreadAsync(StoredCalendar calendar, CancellationToken cancellationToken)
    {
        try
        {
            await Node.Calendars.SpreadAsync(calendar, cancellationToken).OrStopAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Node.Log.LogWarning("Calendar {Calendar} has changed, and not every task has heard of it; the others do within {Every}: {Reason}", calendar.Name, Node.Limits.CalendarsEvery, Failures.Text(failure));
        }
    }

    static CalendarView View(StoredCalendar calendar) => new() { Name = calendar.Name, Version = calendar.Revision, Definition = calendar.Definition!, UpdatedAt = calendar.UpdatedAt };

    static SchedulerException NoCalendar(string name) => new(SchedulerErrorKind.NotFound, $"there is no calendar \"{name}\"");
}
