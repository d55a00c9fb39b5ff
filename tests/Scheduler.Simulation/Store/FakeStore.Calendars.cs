using Scheduler.Running;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

sealed partial class FakeStore
{
    static readonly Comparer<(string Tenant, string Name)> ByName = Comparer<(string Tenant, string Name)>.Create((one, other) =>
        string.CompareOrdinal(one.Tenant, other.Tenant) is not 0 and var tenants ? tenants : string.CompareOrdinal(one.Name, other.Name));

    SortedDictionary<(string Tenant, string Name), StoredCalendar> calendars = new(ByName);
    HashSet<(string Tenant, string Name)> untold = [];

    public IReadOnlyDictionary<(string Tenant, string Name), StoredCalendar> Calendars => calendars;

    public ValueTask<StoredCalendar?> FindCalendarAsync(string tenant, string name, CancellationToken cancellationToken) => new(calendars.GetValueOrDefault((tenant, name)));

    public ValueTask<IReadOnlyList<StoredCalendar>> ListCalendarsAsync(string tenant, string? after, int limit, CancellationToken cancellationToken) =>
        List(calendars.Values.Where(each => each.Tenant == tenant && each.Definition is not null && string.CompareOrdinal(each.Name, after ?? "") > 0).Take(limit));

    public ValueTask<int> CountCalendarsAsync(string tenant, CancellationToken cancellationToken) => new(calendars.Values.Count(each => each.Tenant == tenant && each.Definition is not null));

    public ValueTask<bool> SaveCalendarAsync(StoredCalendar calendar, long expectedRevision, CancellationToken cancellationToken)
    {
        var key = (calendar.Tenant, calendar.Name);
        if ((calendars.TryGetValue(key, out var known) ? known.Revision : 0) != expectedRevision) return new(false);
        calendars[key] = calendar with { UpdatedAt = WholeMilliseconds(calendar.UpdatedAt) };
        if (calendar.Definition is null) untold.Remove(key);
        else untold.Add(key);
        return new(true);
    }

    public ValueTask<IReadOnlyList<StoredCalendar>> UntoldCalendarsAsync(int limit, CancellationToken cancellationToken) =>
        List(calendars.Where(each => untold.Contains(each.Key)).Select(each => each.Value).Take(limit));

    public ValueTask ToldCalendarAsync(StoredCalendar calendar, CancellationToken cancellationToken)
    {
        var key = (calendar.Tenant, calendar.Name);
        if (calendars.TryGetValue(key, out var known) && known.Revision == calendar.Revision) untold.Remove(key);
        return default;
    }

    public ValueTask<IReadOnlyList<Stored<TaskState>>> CalendarTasksAsync(string tenant, long after, int limit, CancellationToken cancellationToken) =>
        List(tasks.Values.Where(each => each.State.Tenant == tenant && each.State.Id > after && each.State.Status != ScheduledTaskStatus.Deleted && !each.State.Calendars.IsEmpty).Take(limit).Select(Read));

    void PurgeCalendars(DateTimeOffset before)
    {
        foreach (var gone in calendars.Values.Where(each => each.Definition is null && each.UpdatedAt < before).ToArray()) calendars.Remove((gone.Tenant, gone.Name));
    }
}
