using Scheduler.Schedules;
using Scheduler.Tasks;

namespace Scheduler.Running;

public partial interface IStore
{
    /// <summary>The calendar of that name, one that was deleted lately included; null where there is none.</summary>
    ValueTask<StoredCalendar?> FindCalendarAsync(string tenant, string name, CancellationToken cancellationToken);

    /// <summary>Calendars of a tenant by name, after <paramref name="after"/> (null: from the first), without the deleted.</summary>
    ValueTask<IReadOnlyList<StoredCalendar>> ListCalendarsAsync(string tenant, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>How many calendars a tenant has, without the deleted.</summary>
    ValueTask<int> CountCalendarsAsync(string tenant, CancellationToken cancellationToken);

    /// <summary>Writes a calendar where the stored one still has the expected revision; 0: there is none.</summary>
    /// <returns>Whether it was written.</returns>
    ValueTask<bool> SaveCalendarAsync(StoredCalendar calendar, long expectedRevision, CancellationToken cancellationToken);

    /// <summary>Calendars whose last change not every task is known to have heard of.</summary>
    ValueTask<IReadOnlyList<StoredCalendar>> UntoldCalendarsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Remembers that every task has heard of a calendar, if it still has that revision.</summary>
    ValueTask ToldCalendarAsync(StoredCalendar calendar, CancellationToken cancellationToken);

    /// <summary>Living tasks of a tenant that go by calendars, by id, after <paramref name="after"/>.</summary>
    ValueTask<IReadOnlyList<Stored<TaskState>>> CalendarTasksAsync(string tenant, long after, int limit, CancellationToken cancellationToken);
}

/// <summary>A calendar as the store has it.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Revision">1 for the first; grows with every change and with its deletion, which is remembered for a while.</param>
/// <param name="Definition">What it excludes; null: it was deleted.</param>
/// <param name="UpdatedAt">When it was last changed; to the millisecond.</param>
public sealed record StoredCalendar(string Tenant, string Name, long Revision, CalendarDefinition? Definition, DateTimeOffset UpdatedAt);
