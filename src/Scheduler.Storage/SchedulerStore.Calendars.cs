using Scheduler.Running;
using Scheduler.Storage.Rows;
using Scheduler.Tasks;

namespace Scheduler.Storage;

public sealed partial class SchedulerStore
{
    /// <inheritdoc/>
    public async ValueTask<StoredCalendar?> FindCalendarAsync(string tenant, string name, CancellationToken cancellationToken) =>
        await ReadAsync(queries.Calendar, CalendarRows.Read, cancellationToken, ("@tenant", tenant), ("@name", name)) is [var found, ..] ? found : null;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredCalendar>> ListCalendarsAsync(string tenant, string? after, int limit, CancellationToken cancellationToken) =>
        await ReadAsync(queries.Calendars, CalendarRows.Read, cancellationToken, ("@tenant", tenant), ("@after", after ?? ""), ("@limit", limit));

    /// <inheritdoc/>
    public async ValueTask<int> CountCalendarsAsync(string tenant, CancellationToken cancellationToken) =>
        await ReadAsync(queries.CountCalendars, reader => new Row(reader).Int(), cancellationToken, ("@tenant", tenant)) is [var count, ..] ? count : 0;

    /// <inheritdoc/>
    public async ValueTask<bool> SaveCalendarAsync(StoredCalendar calendar, long expectedRevision, CancellationToken cancellationToken)
    {
        var parameters = CalendarRows.Parameters(calendar);
        return (expectedRevision == 0 ? await ChangeAsync(CalendarRows.Insert, cancellationToken, parameters)
            : await ChangeAsync(CalendarRows.Update, cancellationToken, [.. parameters, ("@expected", expectedRevision)])) > 0;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredCalendar>> UntoldCalendarsAsync(int limit, CancellationToken cancellationToken) =>
        await ReadAsync(queries.UntoldCalendars, CalendarRows.Read, cancellationToken, ("@limit", limit));

    /// <inheritdoc/>
    public async ValueTask ToldCalendarAsync(StoredCalendar calendar, CancellationToken cancellationToken) =>
        await ChangeAsync(queries.ToldCalendar, cancellationToken, ("@tenant", calendar.Tenant), ("@name", calendar.Name), ("@revision", calendar.Revision));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Stored<TaskState>>> CalendarTasksAsync(string tenant, long after, int limit, CancellationToken cancellationToken) =>
        await ReadAsync(queries.CalendarTasks, TaskRows.Read, cancellationToken, ("@tenant", tenant), ("@after", after), ("@limit", limit));
}
